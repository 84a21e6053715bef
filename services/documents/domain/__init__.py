"""Which documents lie with which kind of case, and what a file really is. Pure."""
