class Ask:
    def name(self):
        return "action_ask"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_ask")
