"""The rules of inspection, one module per subject."""
