"""Who may see a case, in one place: by whom it was made, whose goods they are, at which port.

The view ``v_case_readers(case_id, reader)`` says who may read a case; ``readers_of`` says which of
those readers a caller is. A caller who is none of them is answered as if there were no such case.
"""

from __future__ import annotations

from typing import Final

from services.kernel.messages import Actor

SEES_ALL: Final = frozenset({"auditor"})
"""Kinds of party that may read every case."""


def sees_all(actor: Actor) -> bool:
    """Whether the actor may read every case."""
    return actor.party_kind in SEES_ALL


def readers_of(actor: Actor) -> list[str]:
    """The readers that an actor is: the own party, and for customs and gates their port."""
    if actor.party_kind in ("officer", "gate"):
        return [f"{actor.party_kind}s:{actor.port}"] if actor.port else []
    return [actor.party]
