"""Who may see a case, in one place, and on whose desk its work lies.

A case's header names its readers (``cases.readers``); the residents whose shares are in its lot are
found by their tickets. ``readers_of`` says which of those readers a caller is. A caller who is none
of them is answered as if there were no such case. A desk is named like a reader: by a party, or by
a post at a port.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused

SEES_ALL: Final = frozenset({"auditor"})
"""Kinds of party that may read every case."""


def sees_all(actor: Actor) -> bool:
    """Whether the actor may read every case."""
    return actor.party_kind in SEES_ALL


def customs(port: str) -> str:
    """Customs at a port."""
    return f"officers:{port}"


def gate(port: str) -> str:
    """The gate of a port."""
    return f"gates:{port}"


def compliance(bic: str) -> str:
    """The desk of a bank's compliance, which is not the one that answers messages."""
    return f"bank_compliance:{bic}"


def readers_of(actor: Actor) -> list[str]:
    """The readers that an actor is: the own party, and for customs and gates their port."""
    if actor.party_kind in ("officer", "gate"):
        return [f"{actor.party_kind}s:{actor.port}"] if actor.port else []
    return [actor.party]


def resident_of(actor: Actor) -> UUID | None:
    """The resident that an actor is: found among a lot's tickets, not among its readers."""
    if actor.party_kind != "resident":
        return None
    try:
        return uuid_of(actor.party_code, "res")
    except Refused:
        return None
