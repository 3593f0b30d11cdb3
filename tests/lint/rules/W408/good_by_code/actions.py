class Explain:
    """Names what it sets in a map that another class turns into events."""

    def name(self):
        return "action_explain"

    def act(self, turn):
        return {"kept_for": "two weeks"}
