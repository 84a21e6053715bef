"""Whose work a caller sees: by the role he acts in, and for customs by port and team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from services.kernel.case_kinds import KindOfCase
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.window.domain.model import Colleague, Desk
from services.window.domain.refusals import NOT_OF_CUSTOMS


class Whose(StrEnum):
    """Of whom an officer asks."""

    MINE = "mine"
    """What was drawn to himself, then what any officer of his port may do."""
    TEAM = "team"
    """What was drawn to the officers of his team."""
    PORT = "port"
    """Everything at his port, also what was drawn to officers who have left."""


def desks_of(actor: Actor, whose: Whose, colleagues: Sequence[Colleague]) -> list[Desk]:
    """The desks of a caller; of an officer who is not in service at his port, none. Nothing is
    ever waited for from an auditor.

    Raises Refused REQUEST_INVALID when another than an officer asks for more than his own.
    """
    if actor.party_kind == "officer":
        me = next((c for c in colleagues if c.active and c.party == actor.party), None)
        if me is None or actor.role != "officer":
            return []
        return [Desk(actor.party), *_shared(actor, whose, me, colleagues)]
    if whose != Whose.MINE:
        raise Refused(NOT_OF_CUSTOMS.at("/query/whose"))
    if actor.party_kind == "auditor":
        return []
    if actor.party_kind == "gate":
        return [Desk(f"gates:{actor.port}")]
    if actor.role == "bank_compliance":
        return [Desk(f"bank_compliance:{actor.party_code}")]
    return [Desk(actor.party)]


def _shared(
    actor: Actor, whose: Whose, me: Colleague, colleagues: Sequence[Colleague]
) -> Iterator[Desk]:
    if whose != Whose.TEAM:
        yield Desk(f"officers:{actor.port}", 1)
    for other in colleagues:
        of_team = other.active and other.team == me.team
        if other != me and (whose == Whose.PORT or (whose == Whose.TEAM and of_team)):
            yield Desk(other.party, 1)


def known_of(kinds: Mapping[str, KindOfCase], reader: Actor) -> list[str]:
    """What lies on a reader's desk for somebody else to do: kind of case and code."""
    return [
        f"{prefix}:{wait.code}"
        for prefix, kind in kinds.items()
        for wait in kind.states.every_wait()
        if wait.brought_by_another(reader.party_kind)
    ]
