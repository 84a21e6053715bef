"""The rules of the market; every number comes from the policy book."""
