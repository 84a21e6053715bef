"""What is to be known of a kind of case beside its owner: its name, its states, who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.kernel.states import StateTable


@dataclass(frozen=True)
class KindOfCase:
    """One kind of case, as its owner states it beside its state table.

    ``prefix`` is that of its ids; ``read_under`` the owner's own scope for reading one.
    """

    prefix: str
    name: str
    states: StateTable[Any]
    read_under: str
    row: str
    """The view, and its column of the id, in which the owner publishes his own row of the case."""
