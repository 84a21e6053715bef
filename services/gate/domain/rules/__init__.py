"""The gate's rules, one module per subject."""
