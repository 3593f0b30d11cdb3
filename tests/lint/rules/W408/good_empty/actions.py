from rasa_sdk.events import SlotSet


class Find:
    def name(self):
        return "action_find"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_by_code", found="it")
        return [SlotSet("found", "it")]
