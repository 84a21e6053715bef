"""The rules of landing processing, one module per subject."""
