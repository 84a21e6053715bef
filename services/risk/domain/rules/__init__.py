"""The rules of risk, one module per subject."""
