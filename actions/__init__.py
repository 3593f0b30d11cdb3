"""What the dialogue can do; importing this package opens nothing."""
