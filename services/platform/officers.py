"""Who decides for customs: an officer on file, in service, at the desk the token names."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused
from services.platform.database import Tx

_ON_FILE = text(
    "SELECT EXISTS (SELECT FROM v_officers"
    " WHERE officer_id = :officer_id AND port = :port AND active)"
)
_NOT_ON_FILE: Final = Refusal(
    "OFFICER_NOT_ON_FILE",
    "You are not on file as an officer in service at this port, so you may read but not decide;"
    " the registrar files officers, and a token names one by the id on file (officer:ofc_…).",
)


async def require_officer(tx: Tx, actor: Actor) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE unless the actor is an officer in service at their port.

    A token says who somebody is, the registry whether they may decide: who has left or moved to
    another port keeps the token until it ends.
    """
    if actor.party_kind != "officer" or actor.port is None:
        raise Refused(_NOT_ON_FILE)
    try:
        officer_id = uuid_of(actor.party_code, "ofc")
    except Refused:
        raise Refused(_NOT_ON_FILE) from None
    values = {"officer_id": officer_id, "port": actor.port}
    if not (await tx.execute(_ON_FILE, values)).scalar_one():
        raise Refused(_NOT_ON_FILE)
