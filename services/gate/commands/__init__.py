"""Writes of the gate."""
