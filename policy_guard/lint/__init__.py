"""The designer's companion: reads a Rasa project and says what a person would stumble over."""
