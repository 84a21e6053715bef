"""The processes: one module per kind of case. They see ports and kernel only."""
