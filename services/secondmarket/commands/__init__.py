"""Writes of the second market, one module per subject."""
