"""Pure values and rules of the law's own making."""
