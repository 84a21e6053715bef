"""Reads of the window: cases and their events, the work list, webhooks."""
