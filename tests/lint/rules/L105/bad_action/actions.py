# expect: L105 9:38
class Offer:
    def name(self):
        return "action_offer"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(
            text="Choose one.",
            quick_replies=[{"title": "Tell me when it is back", "payload": "/notify"}],
        )
        return []
