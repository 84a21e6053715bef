"""Notices' rules, pure."""
