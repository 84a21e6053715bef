"""Who decides for customs: an officer on file, in service, at the desk the token names."""

from __future__ import annotations

import contextlib
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import OFFICER_NOT_ON_FILE
from services.platform.act import Act
from services.platform.roles import DUTIES

ON_FILE: Final = (
    "EXISTS (SELECT FROM v_officers WHERE officer_id = :officer_id AND active"
    " AND (port = :officer_port OR CAST(:officer_port AS text) IS NULL AND :officer_anywhere))"
)
"""SQL of whether an officer is on file, for a statement that reads more (``officer_values``).

Never for the statement that takes the act's lock: it sees the registry as it was before it waited,
and who was dismissed meanwhile would still sign.
"""

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


async def require_officer(act: Act) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE unless the actor is an officer in service at their port.

    A token says who somebody is, the registry whether they may decide: who has left or moved to
    another port keeps the token until it ends. It is asked after the act's lock, never before.
    """
    refuse_unless_on_file((await act.execute(_ON_FILE, officer_values(act.actor))).scalar_one())
