# expect: C301 9:50
# expect: C301 11:44
class Ask:
    def name(self):
        return "action_ask_size_now"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("size"):
            dispatcher.utter_message(text="Good. Which size?")
        else:
            dispatcher.utter_message(text="Shall I keep one?")
        return []
