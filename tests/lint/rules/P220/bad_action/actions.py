# expect: P220 10:9
from rasa_sdk import Action


class Tell(Action):
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="It changed.", messenger={"purpose": "account_update"})
        return []
