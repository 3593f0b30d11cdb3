# expect: P201 8:70
class Warn:
    def name(self):
        return "action_warn"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(
            json_message={"message": {"text": "Was it you?"}, "tag": "ACCOUNT_UPDATE"}
        )
