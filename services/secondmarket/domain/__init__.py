"""Pure values and rules of the second market."""
