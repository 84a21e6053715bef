"""E-book periods: opening one, locking it for an act, raising an alert on it, its end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day, day_begins
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Case, Standing
from services.kernel.quantity import kilograms_text
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import NOT_FILED, NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import LOCKED
from services.platform.visibility import customs
from services.processing.domain import events, refusals
from services.processing.domain.rules.period import period_refusals
from services.processing.domain.states import (
    ALERT,
    BOOK,
    RAISED_BY,
    AlertKind,
    AlertState,
    BookState,
)

_ENTERPRISE = text("""
    SELECT e.port, EXISTS (
        SELECT 1 FROM v_processing_filings AS f
        WHERE f.enterprise_code = e.enterprise_code AND f.filed_from <= :day
            AND (f.filed_to IS NULL OR f.filed_to > :day)) AS filed
    FROM v_enterprises AS e WHERE e.enterprise_code = :enterprise
""")
_LAST = text("""
    SELECT book_id, coalesce(ended_on, period_to) AS covers_to, state FROM books
    WHERE enterprise_code = :enterprise ORDER BY covers_to DESC LIMIT 1
""")
_OPEN = text("""
    INSERT INTO books (book_id, enterprise_code, port, period_from, period_to, state, opened_at)
    VALUES (:book_id, :enterprise, :port, :period_from, :period_to, 'OPEN', :at)
""")
_CARRY_OVER = text("""
    INSERT INTO book_materials (book_id, material_hs, opening_kg)
    SELECT :book_id, material_hs, closing_kg FROM book_materials
    WHERE book_id = :former AND closing_kg > 0
    RETURNING material_hs, opening_kg
""")
_LOCK = text(
    "SELECT b.*, header.version"
    f" FROM {LOCKED.format(lot='NULL', case='CAST(:book_id AS uuid)')}, books AS b"
    " WHERE b.book_id = :book_id FOR UPDATE OF b"
)
_RAN_OUT = text("UPDATE books SET ran_out_at = :at WHERE book_id = :book_id")
_ALERT = text("""
    INSERT INTO alerts (alert_id, book_id, kind, hs_code, receipt_id, deviation, tolerance, state,
        raised_at, grounds)
    VALUES (:alert_id, :book_id, :kind, :hs_code, :receipt_id, :deviation, :tolerance, 'RAISED',
        :at, :grounds)
""")


def ends_at(period_to: date) -> datetime:
    """When a period is over: the first instant of the Beijing day after its last."""
    return day_begins(period_to + timedelta(days=1))


async def book_open(act: Act, *, period_from: date, period_to: date) -> dict[str, Any]:
    """Open an e-book period (电子账册) and its case; stock left in the one before is carried over.

    Refuses PERIOD_INVALID, NOT_FILED, BOOK_OPEN (one at a time), PERIOD_OVERLAP.
    """
    refuse_if_any(await unbounded(act, period_from, period_to))
    enterprise = act.actor.party_code
    known = {"enterprise": enterprise, "day": business_day(act.at)}
    filed = (await act.execute(_ENTERPRISE, **known)).one_or_none()
    if filed is None or not filed.filed:
        raise Refused(NOT_FILED.at())
    last = (await act.execute(_LAST, enterprise=enterprise)).one_or_none()
    _refuse_period(last, period_from)
    book_id = new_uuid()
    case = show("bok", book_id)
    values = {"period_from": period_from, "period_to": period_to, "port": filed.port}
    await act.execute(_OPEN, book_id=book_id, enterprise=enterprise, at=act.at, **values)
    opening = await _carry_over(act, book_id, last)
    event = events.BookOpened(
        enterprise_code=enterprise,
        period_from=period_from,
        period_to=period_to,
        opening_kg=opening,
    )
    act.record(case, event, step="open")
    readers = (act.actor.party, customs(filed.port))
    header = Header(port=filed.port, readers=readers)
    book_stand(act, case, enterprise, period_to, BookState.OPEN, header=header)
    act.open_case(case, CaseType="book", Port=filed.port, Party=act.actor.party)
    return {"book_id": case, "state": BookState.OPEN, "opening_kg": opening, "version": 1}


async def unbounded(act: Act, period_from: date, period_to: date) -> list[Refusal]:
    """What keeps a period from being one, by the law of today."""
    law, today = await act.law(), business_day(act.at)
    return asked(
        today,
        period_refusals,
        period_from,
        period_to,
        today=today,
        most_days=law.integer("process.period_max_days", on=today),
        ahead_days=law.integer("process.period_ahead_days", on=today),
    )


def book_stand(
    act: Act,
    case: str,
    enterprise: str,
    period_to: date,
    state: BookState,
    *,
    header: Header | None = None,
) -> None:
    """Keep where a book stands: on its factory's desk until its period is over, or with customs."""
    desks = {"enterprise": [f"enterprise:{enterprise}"]}
    act.headers.stand(case, BOOK, state, desks=desks, due_at=ends_at(period_to), header=header)


def _refuse_period(last: Row | None, period_from: date) -> None:
    if last is None:
        return
    if last.state != BookState.CLOSED:
        raise Refused(refusals.BOOK_OPEN.at(book_id=show("bok", last.book_id)))
    if period_from <= last.covers_to:
        raise Refused(refusals.PERIOD_TOO_EARLY.at("/period_from", last=last.covers_to))


async def _carry_over(act: Act, book_id: UUID, last: Row | None) -> dict[str, str]:
    if last is None:
        return {}
    rows = await act.execute(_CARRY_OVER, book_id=book_id, former=last.book_id)
    return {row.material_hs: kilograms_text(row.opening_kg) for row in rows}


async def book_lock(act: Act, book_id: str) -> Row:
    """The book with its version, locked until the act ends. Raises Refused NOT_FOUND."""
    return await act.found(_LOCK, book_id=uuid_of(book_id, "bok"))


NO_BOOK = NOT_FOUND.at()


async def own_book_as_it_stands(act: Act, book_id: str) -> Row:
    """The actor's own book, locked, whatever it takes. Raises Refused NOT_FOUND."""
    book = await book_lock(act, book_id)
    if not act.actor.is_party("enterprise", book.enterprise_code):
        raise Refused(NO_BOOK)
    return book


async def own_book(act: Act, book_id: str) -> Row:
    """The actor's own book, locked. Raises Refused NOT_FOUND, VERSION_MISMATCH."""
    book = await own_book_as_it_stands(act, book_id)
    act.require_version(book_id, book.version)
    return book


async def own_open_book(act: Act, book_id: str) -> Row:
    """The actor's own book, locked, while entries are taken.

    Raises Refused STATE_CONFLICT and PERIOD_NOT_BEGUN too.
    """
    book = await own_book_as_it_stands(act, book_id)
    require_open(act, book)
    return book


def require_open(act: Act, book: Row) -> None:
    """Raises Refused VERSION_MISMATCH, STATE_CONFLICT, PERIOD_NOT_BEGUN if it takes no entry."""
    act.require_version(show("bok", book.book_id), book.version)
    BOOK.move(BookState(book.state), "enter")
    require_begun(act, book)


def require_receiving(act: Act, book: Row) -> None:
    """As ``require_open``, but a counted book that waits for an officer takes goods that come."""
    act.require_version(show("bok", book.book_id), book.version)
    BOOK.move(BookState(book.state), "receive")
    require_begun(act, book)


def require_begun(act: Act, book: Row) -> None:
    """Raises Refused PERIOD_NOT_BEGUN: what happens today belongs into no book of days to come."""
    if business_day(act.at) < book.period_from:
        raise Refused(refusals.NOT_BEGUN.at(first=book.period_from))


async def alert_raise(
    act: Act,
    book: Row,
    kind: AlertKind,
    hs_code: str,
    *,
    deviation: Decimal,
    tolerance: Decimal,
    receipt_id: UUID | None = None,
    grounds: str | None = None,
) -> str:
    """Raise an alert that an officer must close before the period can.

    ``grounds`` are the factory's words; they are kept with the alert, not in the log.
    """
    alert_id = new_uuid()
    values = {
        "deviation": deviation,
        "tolerance": tolerance,
        "receipt_id": receipt_id,
        "grounds": grounds,
    }
    named = {"alert_id": alert_id, "book_id": book.book_id, "kind": kind, "hs_code": hs_code}
    await act.execute(_ALERT, at=act.at, **named, **values)
    public = show("alt", alert_id)
    event = events.AlertRaised(
        alert_id=public,
        kind=kind,
        hs_code=hs_code,
        deviation=f"{deviation:f}",
        tolerance=f"{tolerance:f}",
        rules=RAISED_BY[kind],
    )
    case = show("bok", book.book_id)
    act.record(case, event, step=f"raise:{public}")
    # Customs closes it; the factory is to know of it, and to be ready to explain.
    desks = [customs(book.port), f"enterprise:{book.enterprise_code}"]
    act.headers.wait(case, ALERT.code, desks, due_at=ends_at(book.period_to))
    return public


def alert_closed(
    act: Act, book: Row, alert_id: str, resolution: AlertState, *, kind: AlertKind
) -> None:
    """Say of an alert that it waits for nobody any more, and by which rules it had been raised."""
    event = events.AlertClosed(alert_id=alert_id, resolution=resolution, rules=RAISED_BY[kind])
    act.record(show("bok", book.book_id), event, step=f"close:{alert_id}")


async def book_attend(act: Act, case: Case) -> Standing:
    """Say once that the period is over and its book still not closed; closes nothing."""
    try:
        book = await book_lock(act, case.case_id)
    except Refused:
        return Standing(state="UNKNOWN", ended=True)
    if book.state == BookState.CLOSED:
        return Standing(state=book.state, ended=True)
    end = ends_at(book.period_to)
    if act.at < end:
        return Standing(state=book.state, look_at=end)
    if book.ran_out_at is None:
        await act.execute(_RAN_OUT, book_id=book.book_id, at=act.at)
        # A period that was corrected may run out again.
        act.record(case.case_id, events.PeriodRanOut(), step=f"run_out:{book.version}")
    return Standing(state=book.state)
