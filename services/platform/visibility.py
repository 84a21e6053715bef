"""Who may see a case, in one place, and on whose desk its work lies.

A case's header names its readers (``cases.readers``); the residents whose shares are in its lot are
found by their tickets. ``readers_of`` says which of those readers a caller is. A caller who is none
of them is answered as if there were no such case. A desk is named like a reader: by a party, or by
a post at a port.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.kernel.case_kinds import KindOfCase
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform.authentication import Caller

SEES_ALL: Final = frozenset({"auditor"})
"""Kinds of party that may read every case."""
_BY_POST: Final = frozenset({"officer", "gate", "auditor"})
"""Kinds of party that read other people's cases, because of the post they hold."""
NO_FACTORY: Final = "-"
"""The code of no enterprise and of no port."""
VISIBLE: Final = """
    c.kind = ANY(CAST((SELECT CAST(:kinds AS text[])) AS text[])) AND (
        (SELECT CAST(:sees_all AS boolean)) OR c.readers && (SELECT CAST(:readers AS text[])) OR (
            (SELECT CAST(:resident_id AS uuid)) IS NOT NULL AND EXISTS (
                SELECT FROM v_tickets AS t
                WHERE t.lot_id = c.lot_id AND t.resident_id = (SELECT CAST(:resident_id AS uuid))
            )
        )
    )
"""
"""SQL of whether a viewer may see the case ``c`` (``Viewer.values``). A reader stands in the
header, but for the residents with a share in its lot: those are hundreds to a lot, and their
tickets say it already. The cases are found by their ids: who looks is hidden from the planner, so
that one plan serves all viewers and is not made anew for each. A hidden list is cast once more, for
ANY would otherwise look among the rows of a query."""


def sees_all(actor: Actor) -> bool:
    """Whether the actor may read every case."""
    return actor.party_kind in SEES_ALL


def factories_of(actor: Actor) -> dict[str, str | None]:
    """Bind values of whose records of factories an actor reads: of which enterprise, of which port;
    None is not narrowed. An enterprise reads its own, an officer those of the port, an auditor all.
    """
    if sees_all(actor):
        return {"enterprise": None, "port": None}
    if actor.party_kind == "officer":
        return {"enterprise": None, "port": actor.port or NO_FACTORY}
    own = actor.party_code if actor.party_kind == "enterprise" else NO_FACTORY
    return {"enterprise": own, "port": None}


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


def kinds_read(actor: Actor, scopes: Collection[str], kinds: Mapping[str, KindOfCase]) -> list[str]:
    """The prefixes of the cases that a caller may read: no wider than what their owners let him.

    Whoever reads by his post reads those kinds that his scopes let him read at their owners; a
    party reads whatever case is its own, also where the owner has no reading for it.
    """
    if actor.party_kind not in _BY_POST:
        return list(kinds)
    return [prefix for prefix, kind in kinds.items() if kind.read_under in scopes]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and at which kinds of case."""

    actor: Actor
    kinds: Collection[str]

    @classmethod
    def of(cls, caller: Caller, kinds: Mapping[str, KindOfCase]) -> Viewer:
        """A caller, with what his scopes let him read."""
        return cls(caller.actor, kinds_read(caller.actor, caller.scopes, kinds))

    def values(self) -> dict[str, Any]:
        """Bind values of VISIBLE."""
        return {
            "sees_all": sees_all(self.actor),
            "readers": readers_of(self.actor),
            "resident_id": resident_of(self.actor),
            "kinds": list(self.kinds),
        }
