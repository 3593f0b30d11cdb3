class Tell:
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_shipped", messenger={"push": "none"})
        dispatcher.utter_message(response="utter_hi", metadata={"source": "shop"})
