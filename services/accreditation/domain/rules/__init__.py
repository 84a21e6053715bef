"""The rules of accreditation and credit, one module per subject."""
