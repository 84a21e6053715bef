"""Pure values and rules of the registry."""
