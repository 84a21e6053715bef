"""Writes of the law: one filing or decision is one transaction, whole or not at all."""
