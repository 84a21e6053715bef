"""A person's choices as he reads them: of a contact no more than he knows it again by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from services.kernel.messages import Actor
from services.notices.domain.rules.contact import CONFIRMED_FOR, TRIES_MAX
from services.notices.queries.people import person_of
from services.platform.database import Row, Statements

_PERSON: Final = text("SELECT * FROM notice_people WHERE party = :party AND subject = :subject")
_CONTACTS: Final = text(
    """
    SELECT channel, masked, consented_at, confirmed_at, withdrawn_at,
        confirmed_at + CAST(:holds AS interval) AS holds_until
    FROM notice_contacts WHERE party = :party AND subject = :subject
    """
)
_CODES: Final = text(
    """
    SELECT channel, masked, ends_at FROM notice_codes
    WHERE party = :party AND subject = :subject AND state = 'OPEN' AND ends_at > :at
        AND tries < :most
    """
)


async def choices_of(tx: Statements, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """The person's row, and by channel the contact and the code that is waited for."""
    person = person_of(actor)
    known = (await tx.execute(_PERSON, person)).one_or_none()
    contacts = (await tx.execute(_CONTACTS, {**person, "holds": CONFIRMED_FOR})).all()
    codes = (await tx.execute(_CODES, {**person, "at": at, "most": TRIES_MAX})).all()
    return {"person": known, "contacts": _by_channel(contacts), "codes": _by_channel(codes)}


def _by_channel(rows: list[Row]) -> dict[str, Row]:
    return {row.channel: row for row in rows}
