# expect: P213 7:75
class Follow:
    def name(self):
        return "action_follow"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="We looked.", messenger={"purpose": "human_agent"})
