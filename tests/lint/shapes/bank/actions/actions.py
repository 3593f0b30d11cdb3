class ActionBalance:
    def name(self):
        return "action_balance"

    def run(self, dispatcher, tracker, domain):
        shown = {"currency": "€", "opening_balance": "12"}
        dispatcher.utter_message(template="utter_balance", **shown)
        dispatcher.utter_message(f"That was {tracker.sender_id}'s balance.")
        return []
