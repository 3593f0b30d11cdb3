"""The policy guard: whether a message may leave, on what ground, and why."""
