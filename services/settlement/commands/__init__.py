"""Writes of the settlement service: load, decide, save with the event, one module per subject.

Callers own the transaction; every step is recorded under its own name, so it runs once.
"""
