class Back:
    def name(self):
        return "action_back"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("size"):
            dispatcher.utter_message(response="utter_back")
            return []
        if tracker.get_slot("colour"):
            dispatcher.utter_message(text="It is here." if self.day else "It was here.")
        else:
            dispatcher.utter_message(text="It is gone.")
        return []
