"""The one schema's history, its published views, its roles and grants."""
