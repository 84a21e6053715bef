"""Writes: load, decide, save with the event. Callers own the transaction."""
