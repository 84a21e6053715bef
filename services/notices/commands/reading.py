"""What a person has read is noted, as often as it is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.notices.queries.notices import numbers_of
from services.notices.queries.people import person_of
from services.platform.act import Act

_UP_TO: Final = text(
    """
    INSERT INTO notice_people (party, subject, read_up_to) VALUES (:party, :subject, :number)
    ON CONFLICT (party, subject) DO UPDATE
        SET read_up_to = greatest(notice_people.read_up_to, excluded.read_up_to)
    """
)
_FORGET: Final = text(
    "DELETE FROM notice_reads WHERE party = :party AND subject = :subject AND number <= :number"
)
_THESE: Final = text(
    """
    INSERT INTO notice_reads (party, subject, number)
    SELECT :party, :subject, number FROM unnest(CAST(:numbers AS bigint[])) AS n (number)
    ON CONFLICT DO NOTHING
    """
)


async def notices_read(act: Act, notice_ids: Sequence[UUID]) -> None:
    """The person has read these. Raises Refused NOT_FOUND when one is not the person's."""
    numbers = await _numbers(act, notice_ids)
    await act.execute(_THESE, {**person_of(act.actor), "numbers": numbers})


async def notices_read_up_to(act: Act, notice_id: UUID) -> None:
    """The person has read this one and all before it. Raises Refused NOT_FOUND."""
    (number,) = await _numbers(act, [notice_id])
    values = {**person_of(act.actor), "number": number}
    await act.execute(_UP_TO, values)
    await act.execute(_FORGET, values)


async def _numbers(act: Act, notice_ids: Sequence[UUID]) -> list[int]:
    wanted = set(notice_ids)
    found = list(await numbers_of(act, act.actor, wanted))
    if len(found) < len(wanted):
        raise Refused(NOT_FOUND.at())
    return found
