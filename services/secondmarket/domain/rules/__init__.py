"""The rules of buying and selling residents' goods."""
