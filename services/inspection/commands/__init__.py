"""Writes of the inspection service: load, decide by pure rule, save with the event."""
