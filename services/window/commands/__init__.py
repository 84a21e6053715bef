"""Writes of the window: webhooks."""
