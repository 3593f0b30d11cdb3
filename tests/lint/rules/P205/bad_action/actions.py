# expect: P205 9:9
class Back:
    def name(self):
        return "action_back"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("size"):
            dispatcher.utter_message(response="utter_back")
        dispatcher.utter_message(text="Shall I keep one for you?")
        return []
