"""Writes of landing processing; callers own the transaction."""
