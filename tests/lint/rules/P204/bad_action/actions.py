# expect: P204 10:51
class Back:
    def name(self):
        return "action_back"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("quiet"):
            return []
        dispatcher.utter_message(response="utter_back")
        dispatcher.utter_message(image=None, text="The courier rang twice.")
        return []
