# expect: C310 8:47
class Say:
    def name(self):
        return "action_say"

    def run(self, dispatcher, tracker, domain):
        if tracker.latest_message:
            dispatcher.utter_message(template="utter_good_by")
        dispatcher.utter_message(response=f"utter_{tracker.sender_id}")
