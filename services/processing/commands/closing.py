"""Closing a period: the count, the balance, the alerts, and an officer's word on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.quantity import kilograms_text
from services.kernel.refusal import Refused, refuse_if_any
from services.platform.act import Act
from services.platform.database import Row
from services.platform.officers import require_officer
from services.processing.commands.book import (
    alert_closed,
    alert_raise,
    book_stand,
    own_book,
    require_begun,
)
from services.processing.commands.production import balance_of
from services.processing.commands.waiting import ALERTS, waiting_in
from services.processing.domain import events, refusals
from services.processing.domain.model import Count
from services.processing.domain.rules.consumption import (
    Balance,
    balance_is_explained,
    yield_is_within,
)
from services.processing.domain.states import BOOK, BY_COUNT, AlertKind, AlertState, BookState

_MATERIALS = text("""
    SELECT material_hs, opening_kg, received_kg, consumed_kg, scrap_kg, loss_kg
    FROM book_materials WHERE book_id = :book_id ORDER BY material_hs
""")
_COUNTED = text("""
    UPDATE book_materials AS m SET closing_kg = c.closing_kg
    FROM unnest(CAST(:materials AS text[]), CAST(:weights AS numeric[]))
        AS c (material_hs, closing_kg)
    WHERE m.book_id = :book_id AND m.material_hs = c.material_hs
""")
_UNCOUNTED = text("UPDATE book_materials SET closing_kg = NULL WHERE book_id = :book_id")
_STATE = text("""
    UPDATE books SET state = :state, closed_at = :closed_at, ended_on = :ended_on,
        counted_on = :counted_on
    WHERE book_id = :book_id
""")
_CLOSE_ALERT = text("""
    UPDATE alerts SET state = :state, closed_at = :at, closed_by = :closed_by, reason = :reason
    WHERE alert_id = :alert_id
""")
_REOPEN_ALERTS = text("""
    UPDATE alerts SET state = 'REOPENED', closed_at = :at, closed_by = :closed_by,
        reason = :reason
    WHERE book_id = :book_id AND state = 'RAISED' AND kind IN ('YIELD', 'BALANCE')
    RETURNING alert_id, kind
""")


async def book_close(act: Act, book_id: str, count: Count) -> dict[str, Any]:
    """Close a period by mass balance (W23); beyond tolerance it waits for an officer.

    opening + in = unit consumption x products + scrap beyond the declared loss + closing +
    unexplained, per commodity. One counted before its last day ends that day; the rest is the next
    one's. Refuses NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, PERIOD_NOT_BEGUN, COUNT_INCOMPLETE,
    MORE_THAN_CAME_IN.
    """
    book = await own_book(act, book_id)
    BOOK.move(BookState(book.state), "close")
    require_begun(act, book)
    rows = (await act.execute(_MATERIALS, book_id=book.book_id)).all()
    balances = _balances(rows, count)
    counts = {"materials": list(balances), "weights": [b.closing_kg for b in balances.values()]}
    await act.execute(_COUNTED, book_id=book.book_id, **counts)
    counted = events.StockCounted(
        closing_kg={hs: kilograms_text(b.closing_kg) for hs, b in balances.items()},
        unexplained_kg={hs: kilograms_text(b.unexplained_kg) for hs, b in balances.items()},
    )
    act.record(book_id, counted, step=f"count:{book.version}")
    raised = await _raise_alerts(act, book, balances)
    waiting = (await waiting_in(act, book)).all_of_it
    move = "raise_alert" if waiting else "close"
    state = await book_bring_to(act, book, BOOK.move(BookState(book.state), move))
    return standing(act, book, state, alerts=raised, **counted.model_dump())


def _balances(rows: Sequence[Row], count: Count) -> dict[str, Balance]:
    """The balance of every material with its count; the count must name exactly the book's.

    One that never came in need not be counted: there is nothing of it.
    """
    known = {row.material_hs: row for row in rows}
    nothing = {hs for hs, row in known.items() if balance_of(row).available_kg == 0}
    counted = {**dict.fromkeys(nothing, Decimal(0)), **count.closing_kg}
    found = [
        why.at(f"/closing_kg/{hs}")
        for names, why in (
            (sorted(known.keys() - counted.keys()), refusals.COUNT_INCOMPLETE),
            (sorted(counted.keys() - known.keys()), refusals.COUNT_UNKNOWN),
        )
        for hs in names
    ]
    refuse_if_any(found)
    balances = {hs: replace(balance_of(row), closing_kg=counted[hs]) for hs, row in known.items()}
    refuse_if_any(
        refusals.COUNTED_MORE.at(f"/closing_kg/{hs}", left_kg=b.available_kg)
        for hs, b in balances.items()
        if b.closing_kg + b.scrap_kg > b.available_kg
    )
    return balances


async def _raise_alerts(act: Act, book: Row, balances: Mapping[str, Balance]) -> list[str]:
    law, day = await act.law(), business_day(act.at)
    found: list[tuple[AlertKind, str, Decimal, Decimal]] = []
    for hs, balance in balances.items():
        yield_tol = law.decimal("process.yield_tol", on=day, scope=hs)
        unexplained_tol = law.decimal("process.unexplained_tol", on=day, scope=hs)
        if not yield_is_within(balance, yield_tol):
            found.append((AlertKind.YIELD, hs, balance.yield_deviation, yield_tol))
        if not balance_is_explained(balance, unexplained_tol):
            found.append((AlertKind.BALANCE, hs, balance.unexplained_rate, unexplained_tol))
    return [
        await alert_raise(act, book, kind, hs, deviation=deviation, tolerance=tolerance)
        for kind, hs, deviation, tolerance in found
    ]


async def book_bring_to(act: Act, book: Row, state: BookState) -> BookState:
    """Put the locked book into a state, with the event that says so; a closed book's case ends.

    It covers the days up to its count, on whichever day an officer accepts what was found.
    """
    closed = state == BookState.CLOSED
    counted_on = None if state == BookState.OPEN else book.counted_on or business_day(act.at)
    ended_on = min(book.period_to, counted_on) if closed and counted_on else None
    values = {
        "state": state,
        "closed_at": act.at if closed else None,
        "ended_on": ended_on,
        "counted_on": counted_on,
    }
    await act.execute(_STATE, book_id=book.book_id, **values)
    case = show("bok", book.book_id)
    if closed:
        act.record(case, events.BookClosed(ended_on=ended_on), step="close")
        act.tell(case)
    elif state == BookState.OPEN:
        act.record(case, events.BookReopened(), step=f"reopen:{book.version}")
    book_stand(act, case, book.enterprise_code, book.period_to, state)
    return state


def standing(act: Act, book: Row, state: BookState, **more: Any) -> dict[str, Any]:
    """The book as the act leaves it."""
    case = show("bok", book.book_id)
    version = book.version + act.changes(case)
    return {"book_id": case, "state": str(state), "version": version, **more}


async def alert_close(act: Act, alert_id: str, *, accept: bool, reason: str) -> dict[str, Any]:
    """An officer of the book's port accepts a difference with a reason, or gives the book back.

    The last alert accepted closes a counted period. Refuses NOT_FOUND, VERSION_MISMATCH,
    OFFICER_NOT_ON_FILE, FORBIDDEN (conflict of interest), STATE_CONFLICT.
    """
    book = await ALERTS.book(act, alert_id)
    await require_officer(act)
    act.require_version(show("bok", book.book_id), book.version)
    alert = await ALERTS.one(act, book, alert_id)
    signed = {"at": act.at, "closed_by": act.actor.party, "reason": reason}
    if not accept:
        return await _reopen(act, book, alert, signed)
    accepted = AlertState.ACCEPTED
    await act.execute(_CLOSE_ALERT, alert_id=alert.alert_id, state=accepted, **signed)
    alert_closed(act, book, alert_id, accepted, kind=AlertKind(alert.kind))
    waiting, state = await count_settle(act, book, BookState(book.state))
    return standing(act, book, state, alert_id=alert_id, alerts_waiting=waiting)


async def count_settle(act: Act, book: Row, state: BookState) -> tuple[int, BookState]:
    """How many alerts still wait, and where the book stands: counted, and nothing waits, closed."""
    waiting = await waiting_in(act, book)
    if state == BookState.ALERTED and not waiting.all_of_it:
        state = await book_bring_to(act, book, BOOK.move(state, "accept"))
    return waiting.alerts, state


async def _reopen(act: Act, book: Row, alert: Row, signed: Mapping[str, Any]) -> dict[str, Any]:
    """Give a counted book back to be corrected; its count and what the count raised are undone."""
    if alert.kind == AlertKind.OVERDRAWN:
        raise Refused(refusals.OVERDRAFT_STANDS.at())
    if alert.kind not in BY_COUNT:
        raise Refused(refusals.RECEIPT_STANDS.at())
    state = await uncounted(act, book, signed)
    waiting, state = await count_settle(act, book, state)
    closed = show("alt", alert.alert_id)
    return standing(act, book, state, alert_id=closed, alerts_waiting=waiting)


async def uncounted(act: Act, book: Row, signed: Mapping[str, Any]) -> BookState:
    """Take a count and the alerts that it raised back; entries are made again."""
    state = BOOK.move(BookState(book.state), "reopen")
    undone = (await act.execute(_REOPEN_ALERTS, book_id=book.book_id, **signed)).all()
    await act.execute(_UNCOUNTED, book_id=book.book_id)
    for row in undone:
        alert_id, kind = show("alt", row.alert_id), AlertKind(row.kind)
        alert_closed(act, book, alert_id, AlertState.REOPENED, kind=kind)
    return await book_bring_to(act, book, state)
