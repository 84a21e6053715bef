"""Reads of the settlement service, one module per subject."""
