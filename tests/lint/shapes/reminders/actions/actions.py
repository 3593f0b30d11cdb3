class ActionWarnDry:
    """Warns."""

    def name(self):
        return "action_warn_dry"

    async def run(self, dispatcher, tracker, domain):
        plant = next(tracker.get_latest_entity_values("plant"), "someone")
        dispatcher.utter_message("Your plant needs some water: " + plant)
        dispatcher.utter_message(text=f"{plant} is dry", image=None, buttons=[])
        return []
