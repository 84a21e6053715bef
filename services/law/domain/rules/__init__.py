"""The rules of changing the law, one module per subject."""
