"""Rules that several services ask, one module per subject."""
