from rasa_sdk.events import FollowupAction


class Ask:
    def name(self):
        return "action_ask_size_now"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Which size?", buttons=self.sizes())
        dispatcher.utter_message(text="And which colour?")
        dispatcher.utter_message(text="Tap one.", quick_replies=[{"title": "Red", "payload": "/r"}])
        return []


class Next:
    def name(self):
        return "action_next"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Shall we go on?")
        return [FollowupAction("action_listen")]
