# expect: P217 10:61
SHIPPED = "utter_shipped"


class Tell:
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response=SHIPPED, metadata={"source": tracker.sender_id})
