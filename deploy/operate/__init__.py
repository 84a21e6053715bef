"""Processes for real use: put together, started, stopped, measured, checked, started again."""
