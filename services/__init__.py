"""The services of the single window: each owns its tables, its rules and its way in."""
