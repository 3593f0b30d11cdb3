"""How sentences become intents: features, a linear model, and Rasa's door to both."""
