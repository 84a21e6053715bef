"""The rules of inspection and accreditation, one module per subject."""
