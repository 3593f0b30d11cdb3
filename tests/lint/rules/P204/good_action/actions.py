class Back:
    def name(self):
        return "action_back"

    def run(self, dispatcher, tracker, domain):
        purpose = {"purpose": "alert"}
        dispatcher.utter_message(text="The courier rang twice.", messenger=purpose)
        dispatcher.utter_message(text="It is here.", messenger=self.declared())
        dispatcher.utter_message(response="utter_back", text="It is back.")
        return []


class Other:
    def name(self):
        return "action_other"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Nobody starts this but a person.")
        return []
