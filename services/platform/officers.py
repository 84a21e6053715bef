"""Who decides for customs: an officer on file, in service, at the desk the token names."""

from __future__ import annotations

import contextlib
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import (
    OFFICER_IN_CONFLICT,
    OFFICER_NOT_ELIGIBLE,
    OFFICER_NOT_ON_FILE,
)
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.roles import DUTIES

ON_FILE: Final = (
    "EXISTS (SELECT FROM v_officers WHERE officer_id = :officer_id AND active"
    " AND (port = :officer_port OR CAST(:officer_port AS text) IS NULL AND :officer_anywhere))"
)
"""SQL of whether an officer is on file, for a statement that reads more (``officer_values``).

Never for the statement that takes the act's lock: it sees the registry as it was before it waited,
and who was dismissed meanwhile would still sign.
"""

UNFIT: Final = (
    "(SELECT CASE WHEN NOT (CAST(:officer_skill AS text) IS NULL"
    " OR CAST(:officer_skill AS text) = ANY (o.skills)) THEN 'SKILL'"
    " WHEN EXISTS (SELECT FROM v_conflicts AS c"
    " WHERE c.officer_id = o.officer_id AND ({conflict})) THEN 'CONFLICT' END"
    " FROM v_officers AS o WHERE o.officer_id = :officer_id)"
)
"""SQL of why an officer on file may not decide in this case, null when he may; ``conflict`` says of
``c.party`` whether it is a party to it. It is asked at every act, for who was drawn may have lost
the skill or declared an interest since. Like ON_FILE, not for the statement that takes the lock."""
_CONCERNED: Final = UNFIT.format(conflict="c.party = :concerned")
_ON_FILE_AND_FIT = text(f"SELECT {ON_FILE} AS on_file, {_CONCERNED} AS unfit")
_ON_FILE = text(f"SELECT {ON_FILE}")
_NOT_ON_FILE: Final = OFFICER_NOT_ON_FILE.at()


def officer_values(actor: Actor) -> dict[str, object]:
    """Bind values of ON_FILE; whoever is no officer is nobody on file, nor is one without the port
    that his duty has. Risk and policy officers' duties have none."""
    officer_id = None
    if actor.party_kind == "officer":
        with contextlib.suppress(Refused):
            officer_id = uuid_of(actor.party_code, "ofc")
    anywhere = actor.role in DUTIES and not DUTIES[actor.role].at_a_port
    return {
        "officer_id": officer_id,
        "officer_port": actor.port,
        "officer_anywhere": anywhere,
    }


def refuse_unless_on_file(on_file: bool) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE."""
    if not on_file:
        raise Refused(_NOT_ON_FILE)


def refuse_if_unfit(unfit: str | None, skill: str | None) -> None:
    """Raises Refused OFFICER_NOT_ELIGIBLE."""
    if unfit == "SKILL" and skill is not None:
        raise Refused(OFFICER_NOT_ELIGIBLE.at(skill=skill))
    if unfit is not None:
        raise Refused(OFFICER_IN_CONFLICT.at())


async def fitness(tx: Statements, actor: Actor, *, party: str, skill: str | None = None) -> Row:
    """Whether an actor is ``on_file`` as an officer in service, and why ``unfit`` to decide about a
    party: what is refused, and what is offered whoever reads a case."""
    asked = {**officer_values(actor), "officer_skill": skill, "concerned": party}
    return (await tx.execute(_ON_FILE_AND_FIT, asked)).one()


async def require_fit_officer(act: Act, *, party: str, skill: str | None = None) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE.

    The actor is on file in service at his port, with the skill if one is asked, and has declared no
    conflict of interest with the party.
    """
    found = await fitness(act, act.actor, party=party, skill=skill)
    refuse_unless_on_file(found.on_file)
    refuse_if_unfit(found.unfit, skill)


async def require_officer(act: Act) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE unless the actor is an officer in service at their port.

    A token says who somebody is, the registry whether they may decide: who has left or moved to
    another port keeps the token until it ends. It is asked after the act's lock, never before.
    """
    refuse_unless_on_file(await is_on_file(act, act.actor))


async def is_on_file(tx: Statements, actor: Actor) -> bool:
    """Whether the actor is an officer in service at their port, and not away today."""
    return bool((await tx.execute(_ON_FILE, officer_values(actor))).scalar_one())
