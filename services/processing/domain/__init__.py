"""Pure values and rules of landing processing."""
