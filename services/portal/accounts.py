"""Whose an account of the ledger is, by the code that it has."""

from __future__ import annotations


def owner(account: str) -> str:
    """The party of an account: a seller's is called by the seller's code, a bank's own by its BIC,
    any other by the whole of a party."""
    kind, _, whose = account.partition(":")
    if kind == "seller":
        return account
    return whose if ":" in whose else f"bank:{whose}"
