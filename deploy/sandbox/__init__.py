"""What plays the world outside: the issuer of tokens, the bank."""
