"""Days on which a bank does no duty on the rota: announced, and taken back before they begin.

What a bank's system says it signs, and it counts at once; by hand two signatories say it. Who could
pass a bank's turn alone would choose the bank that pays.

| state | act | who | becomes |
|---|---|---|---|
| | announce | the bank's system | STANDING |
| | announce | a signatory | ENTERED: the bank is still on duty |
| ENTERED | announce | another signatory, or the bank's system | STANDING |
| ENTERED | take back | any signatory, or the bank's system | ENDED |
| STANDING | take back | the bank's system | ENDED |
| STANDING | take back | a signatory | ENDING: it still stands |
| ENDING | take back | another signatory, or the bank's system | ENDED |
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import text

from services.kernel.business_days import CHINA, calendar, is_business_day
from services.kernel.clock import business_day
from services.kernel.events import Event
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import BANK_UNAVAILABLE
from services.kernel.rule import asked
from services.market import queries
from services.market.commands.signatories import signatory_required
from services.market.domain import events, refusals
from services.market.domain.rules.absences import two_are_away_by_hand
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_as_kept
from services.platform.rota import duty
from services.platform.two_persons import require_another

_ENTER = text(
    "INSERT INTO bank_absences"
    " (absence_id, bank_bic, absent_on, announced_by, announced_at, state, round)"
    " VALUES (:id, :bank_bic, :absent_on, :by, :at, :state, 1)"
    " ON CONFLICT (bank_bic, absent_on) DO UPDATE SET state = excluded.state,"
    " announced_by = excluded.announced_by, announced_at = excluded.announced_at,"
    " round = bank_absences.round + 1 RETURNING *"
)
_BECOMES = text("UPDATE bank_absences SET state = :state WHERE absence_id = :id")
GONE: Final = (None, "ENDED")
"""What stands on record of a day on which a bank is on duty, or nothing does."""


async def absence_announce(act: Act, day: date, *, by_hand: bool = False) -> str:
    """Note that the caller's bank is absent on a day; what stands of it then.

    ``by_hand``: by a signatory and not by the bank's system, which signs. Refuses ABSENCE_INVALID
    for a day that is over, on which no bank works, or on which no other bank would be left;
    CALENDAR_MISSING; by hand SIGNATORY_NOT_ON_FILE, SAME_PERSON.
    """
    row = await _of_day(act, day, by_hand=by_hand)
    if day < business_day(act.at):
        raise Refused(refusals.ABSENCE_PAST.at("/absent_on", day=day))
    china = calendar(await act.law(), CHINA.country, on=business_day(act.at))
    if not is_business_day(day, china):
        raise Refused(refusals.ABSENCE_IDLE.at("/absent_on", day=day))
    if row is not None and row.state in ("STANDING", "ENDING"):
        return str(row.state)
    if row is None or row.state in GONE:
        state = "ENTERED" if by_hand else "STANDING"
        row = await _entered(act, day, state)
        if by_hand:
            step = f"enter:{row.round}"
            _record(act, row, events.RotaAbsenceEntered(**_said(act, row)), step)
            return state
        await _require_somebody_left(act, day)
        announced = events.RotaAbsenceAnnounced(**_said(act, row), by_hand=False)
        _record(act, row, announced, _announce(row))
        return state
    if by_hand:
        await _require_another(act, row, f"enter:{row.round}")
    await act.execute(_BECOMES, id=row.absence_id, state="STANDING")
    await _require_somebody_left(act, day)
    announced = events.RotaAbsenceAnnounced(**_said(act, row), by_hand=by_hand)
    _record(act, row, announced, _announce(row))
    return "STANDING"


async def absence_withdraw(act: Act, day: date, *, by_hand: bool = False) -> str:
    """Take an absence back before its day; what stands of it then.

    Refuses ABSENCE_INVALID for a day that has begun, STATE_CONFLICT where none is announced; by
    hand SIGNATORY_NOT_ON_FILE, SAME_PERSON.
    """
    row = await _of_day(act, day, by_hand=by_hand)
    if day <= business_day(act.at):
        raise Refused(refusals.ABSENCE_BEGUN.at("/absent_on", day=day))
    if row is None or row.state in GONE:
        raise Refused(refusals.ABSENCE_NOT_ANNOUNCED.at(day=day))
    if by_hand and row.state == "STANDING":
        await act.execute(_BECOMES, id=row.absence_id, state="ENDING")
        ending = events.RotaAbsenceEnding(**_said(act, row))
        _record(act, row, ending, f"end:{row.round}")
        return "ENDING"
    if by_hand and row.state == "ENDING":
        await _require_another(act, row, f"end:{row.round}")
    await act.execute(_BECOMES, id=row.absence_id, state="ENDED")
    withdrawn = events.RotaAbsenceWithdrawn(**_said(act, row), by_hand=by_hand)
    _record(act, row, withdrawn, f"withdraw:{row.round}")
    return "ENDED"


def acts_open(row: Row, signatory: Actor, today: date) -> list[str]:
    """Which acts by hand on a day that stands on record (``queries.absences``) are open to one."""
    said = row.first_word and actor_as_kept(row.first_word)
    another = said is None or not asked(today, two_are_away_by_hand, said, signatory)
    acts = ["announce"] if row.state == "ENTERED" and another else []
    taken_back = row.state != "ENDING" or another
    return acts + ["withdraw"] * (taken_back and row.absent_on > today)


async def _of_day(act: Act, day: date, *, by_hand: bool) -> Row | None:
    """What is on record of a day of the caller's bank, in the day's turn: of two banks that
    announce the same day at once the second sees the first."""
    if by_hand:
        await signatory_required(act)
    return await queries.absence_in_turn(act, act.actor.party_code, day)


async def _entered(act: Act, day: date, state: str) -> Row:
    values = {
        "id": new_uuid(),
        "bank_bic": act.actor.party_code,
        "absent_on": day,
        "by": act.actor.subject,
        "at": act.at,
        "state": state,
    }
    row: Row = (await act.execute(_ENTER, **values)).one()
    return row


async def _require_somebody_left(act: Act, day: date) -> None:
    """Raises Refused ABSENCE_INVALID when every bank of the rota would be absent."""
    try:
        await duty(act, await act.law(), day)
    except Refused as refused:
        if refused.refusals[0].reason is not BANK_UNAVAILABLE:
            raise
        raise Refused(refusals.ABSENCE_LAST.at("/absent_on", day=day)) from refused


async def _require_another(act: Act, row: Row, step: str) -> None:
    await require_another(act, show("abs", row.absence_id), step, two_are_away_by_hand)


def _said(act: Act, row: Row) -> dict[str, str]:
    return {"bank_bic": act.actor.party_code, "absent_on": row.absent_on.isoformat()}


def _announce(row: Row) -> str:
    return "announce" if row.round == 1 else f"announce:{row.round}"


def _record(act: Act, row: Row, event: Event, step: str) -> None:
    act.record(show("abs", row.absence_id), event, step=step)
