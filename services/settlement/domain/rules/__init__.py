"""The rules of settlement, one module per subject; every number comes from the policy book."""
