"""Writes of the registry: one filing is one transaction, whole or not at all."""
