class Price:
    def name(self):
        return "action_price"

    def run(self, dispatcher, tracker, domain):
        words = {"price": 10, "currency": "euros"}
        dispatcher.utter_message(response="utter_by_code", **words)
