"""Writes of the accreditation service: load, decide by pure rule, save with the event."""
