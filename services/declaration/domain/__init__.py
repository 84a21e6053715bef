"""What a lot is, its states and the rules that accept or refuse it. Pure."""
