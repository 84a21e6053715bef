"""The registry's rules, one module per subject."""
