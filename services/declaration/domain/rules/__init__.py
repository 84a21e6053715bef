"""Rules of declaration, one module per subject."""
