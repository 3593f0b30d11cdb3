class Price:
    def name(self):
        return "action_price"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_by_code", price=10)
