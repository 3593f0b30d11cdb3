# expect: P208 7:80
class Tell:
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_shipped", messenger={"topic": "deliveries"})
