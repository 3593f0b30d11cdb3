"""What can make a send lawful, one module to a ground; each raises RefusedError where it cannot."""
