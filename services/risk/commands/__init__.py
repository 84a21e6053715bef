"""Writes of the risk service: load, decide by pure rule, save with the event."""
