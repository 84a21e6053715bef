"""Closing a period: the count, the balance, the alerts, and an officer's word on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import SYSTEM, Actor, Answer
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import event_log
from services.platform.database import Row, Tx
from services.platform.officers import require_officer
from services.processing.commands.book import NO_BOOK, alert_raise, book_lock
from services.processing.domain import events, refusals
from services.processing.domain.model import Count
from services.processing.domain.rules.consumption import (
    Balance,
    balance_is_explained,
    yield_is_within,
)
from services.processing.domain.states import BOOK, AlertKind, AlertState, BookState
from workflows.ports.processing import BookStanding

_MATERIALS = text("""
    SELECT material_hs, opening_kg, received_kg, consumed_kg, scrap_kg FROM book_materials
    WHERE book_id = :book_id ORDER BY material_hs
""")
_COUNTED = text("""
    UPDATE book_materials AS m SET closing_kg = c.closing_kg
    FROM unnest(CAST(:materials AS text[]), CAST(:weights AS numeric[]))
        AS c (material_hs, closing_kg)
    WHERE m.book_id = :book_id AND m.material_hs = c.material_hs
""")
_UNCOUNTED = text("UPDATE book_materials SET closing_kg = NULL WHERE book_id = :book_id")
_RAISED = text("SELECT count(*) FROM alerts WHERE book_id = :book_id AND state = 'RAISED'")
_STATE = text("""
    UPDATE books SET state = :state, version = version + 1, closed_at = :closed_at
    WHERE book_id = :book_id RETURNING version
""")
_ALERT = text("""
    SELECT a.*, EXISTS (
        SELECT 1 FROM v_conflicts AS c
        WHERE c.officer_id = CAST(:officer AS uuid) AND c.party = :party) AS conflict
    FROM alerts AS a WHERE a.alert_id = :alert_id AND a.book_id = :book_id
""")
_CLOSE_ALERT = text("""
    UPDATE alerts SET state = :state, closed_at = :at, closed_by = :closed_by, reason = :reason
    WHERE alert_id = :alert_id
""")
_REOPEN_ALERTS = text("""
    UPDATE alerts SET state = 'REOPENED', closed_at = :at, closed_by = :closed_by,
        reason = :reason
    WHERE book_id = :book_id AND state = 'RAISED' AND kind IN ('YIELD', 'BALANCE')
    RETURNING alert_id
""")
_RAN_OUT = text("UPDATE books SET ran_out_at = :at WHERE book_id = :book_id")


async def book_close(
    tx: Tx,
    book_id: str,
    count: Count,
    policy: PolicyBook,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Answer:
    """Close a period by mass balance (W23); beyond tolerance it waits for an officer.

    opening + in = unit consumption x products + scrap + closing + unexplained, per commodity.
    Refuses NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, COUNT_INCOMPLETE, MORE_THAN_CAME_IN.
    """
    book = await book_lock(tx, book_id)
    if not actor.is_party("enterprise", book.enterprise_code):
        raise Refused(NO_BOOK)
    _require_version(book, expected_version)
    BOOK.move(BookState(book.state), "close")
    rows = (await tx.execute(_MATERIALS, {"book_id": book.book_id})).all()
    balances = _balances(rows, count)
    values = {"materials": list(balances), "weights": [b.closing_kg for b in balances.values()]}
    await tx.execute(_COUNTED, {**values, "book_id": book.book_id})
    counted = events.StockCounted(
        closing_kg={hs: f"{b.closing_kg:f}" for hs, b in balances.items()},
        unexplained_kg={hs: f"{b.unexplained_kg:f}" for hs, b in balances.items()},
    )
    step = f"count:{book.version}"
    await event_log.append(tx, case=book_id, event=counted, step=step, actor=actor, at=at)
    raised = await _raise_alerts(tx, book, balances, policy, actor=actor, at=at)
    waiting = (await tx.execute(_RAISED, {"book_id": book.book_id})).scalar_one()
    act = "raise_alert" if waiting else "close"
    state = BOOK.move(BookState(book.state), act)
    version = await _bring_to(tx, book, state, actor=actor, at=at)
    return _standing(book_id, state, version, alerts=raised, **counted.model_dump())


def _require_version(book: Row, expected: int | None) -> None:
    if expected is not None and expected != book.version:
        raise Refused(
            Refusal(
                "VERSION_MISMATCH",
                f"The book changed since you read it (version {book.version}); read it again.",
            )
        )


def _balances(rows: Sequence[Row], count: Count) -> dict[str, Balance]:
    """The balance of every material with its count; the count must name exactly the book's."""
    known = {row.material_hs: row for row in rows}
    found = [
        Refusal(refusals.COUNT_INCOMPLETE, why, f"/closing_kg/{hs}")
        for names, why in (
            (sorted(known.keys() - count.closing_kg.keys()), "Count this material too."),
            (sorted(count.closing_kg.keys() - known.keys()), "This material is not in the book."),
        )
        for hs in names
    ]
    refuse_if_any(found)
    balances = {
        hs: Balance(
            row.opening_kg, row.received_kg, row.consumed_kg, row.scrap_kg, count.closing_kg[hs]
        )
        for hs, row in known.items()
    }
    refuse_if_any(
        Refusal(
            refusals.MORE_THAN_CAME_IN,
            f"Only {b.available_kg} kg came in, scrap included; count again.",
            f"/closing_kg/{hs}",
        )
        for hs, b in balances.items()
        if b.closing_kg + b.scrap_kg > b.available_kg
    )
    return balances


async def _raise_alerts(
    tx: Tx,
    book: Row,
    balances: Mapping[str, Balance],
    policy: PolicyBook,
    *,
    actor: Actor,
    at: datetime,
) -> list[str]:
    day = business_day(at)
    found: list[tuple[AlertKind, str, Decimal, Decimal]] = []
    for hs, balance in balances.items():
        yield_tol = policy.decimal("process.yield_tol", on=day, scope=hs)
        unexplained_tol = policy.decimal("process.unexplained_tol", on=day, scope=hs)
        if not yield_is_within(balance, yield_tol):
            found.append((AlertKind.YIELD, hs, balance.yield_deviation, yield_tol))
        if not balance_is_explained(balance, unexplained_tol):
            found.append((AlertKind.BALANCE, hs, balance.unexplained_rate, unexplained_tol))
    return [
        await alert_raise(
            tx, book, kind, hs, deviation=deviation, tolerance=tolerance, actor=actor, at=at
        )
        for kind, hs, deviation, tolerance in found
    ]


async def _bring_to(tx: Tx, book: Row, state: BookState, *, actor: Actor, at: datetime) -> int:
    """Put the locked book into a state, with the event that says so; its new version."""
    closed_at = at if state == BookState.CLOSED else None
    values = {"book_id": book.book_id, "state": state, "closed_at": closed_at}
    version = int((await tx.execute(_STATE, values)).scalar_one())
    case = show("bok", book.book_id)
    if state == BookState.CLOSED:
        event: events.BookClosed | events.BookReopened = events.BookClosed()
    elif state == BookState.OPEN:
        event = events.BookReopened()
    else:
        return version
    step = f"{state.lower()}:{version}"
    await event_log.append(tx, case=case, event=event, step=step, actor=actor, at=at)
    return version


def _standing(book_id: str, state: str, version: int, **more: Any) -> Answer:
    body = {"book_id": book_id, "state": str(state), "version": version, **more}
    return Answer(status=200, body=body)


async def alert_close(
    tx: Tx,
    book_id: str,
    *,
    alert_id: str,
    accept: bool,
    reason: str,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Answer:
    """An officer of the book's port accepts a difference with a reason, or gives the book back.

    The last alert accepted closes a counted period. Refuses NOT_FOUND, VERSION_MISMATCH,
    OFFICER_NOT_ON_FILE, FORBIDDEN (conflict of interest), STATE_CONFLICT.
    """
    book = await book_lock(tx, book_id)
    if actor.party_kind != "officer" or actor.port != book.port:
        raise Refused(NO_BOOK)
    await require_officer(tx, actor)
    _require_version(book, expected_version)
    alert = await _alert(tx, book, alert_id, actor)
    signed = {"at": at, "closed_by": actor.party, "reason": reason}
    if not accept:
        return await _reopen(tx, book, alert, signed, actor=actor, at=at)
    values = {**signed, "alert_id": alert.alert_id, "state": AlertState.ACCEPTED}
    await tx.execute(_CLOSE_ALERT, values)
    await _alert_closed(tx, book_id, alert_id, AlertState.ACCEPTED, actor=actor, at=at)
    waiting = (await tx.execute(_RAISED, {"book_id": book.book_id})).scalar_one()
    state, version = BookState(book.state), book.version
    if state == BookState.ALERTED and not waiting:
        state = BOOK.move(state, "accept")
        version = await _bring_to(tx, book, state, actor=actor, at=at)
    return _standing(book_id, state, version, alert_id=alert_id, alerts_waiting=waiting)


async def _alert(tx: Tx, book: Row, alert_id: str, actor: Actor) -> Row:
    values = {
        "alert_id": uuid_of(alert_id, "alt"),
        "book_id": book.book_id,
        "officer": uuid_of(actor.party_code, "ofc"),
        "party": f"enterprise:{book.enterprise_code}",
    }
    alert = (await tx.execute(_ALERT, values)).one_or_none()
    if alert is None:
        raise Refused(Refusal("NOT_FOUND", "The book has no such alert."))
    if alert.conflict:
        raise Refused(
            Refusal("FORBIDDEN", "You declared a conflict of interest with this enterprise.")
        )
    if alert.state != AlertState.RAISED:
        raise Refused(
            Refusal(
                "STATE_CONFLICT",
                f"The alert is {alert.state}: it was closed before; read it again.",
                facts={"state": alert.state},
            )
        )
    return alert


async def _reopen(
    tx: Tx,
    book: Row,
    alert: Row,
    signed: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> Answer:
    """Give a counted book back to be corrected; its count and what the count raised are undone."""
    if alert.kind not in (AlertKind.YIELD, AlertKind.BALANCE):
        raise Refused(
            Refusal(
                "STATE_CONFLICT",
                "A receipt cannot be weighed again; accept its difference with a reason.",
            )
        )
    state = BOOK.move(BookState(book.state), "reopen")
    named = {"book_id": book.book_id}
    case = show("bok", book.book_id)
    undone = (await tx.execute(_REOPEN_ALERTS, {**named, **signed})).scalars()
    await tx.execute(_UNCOUNTED, named)
    for alert_id in undone:
        public = show("alt", alert_id)
        await _alert_closed(tx, case, public, AlertState.REOPENED, actor=actor, at=at)
    version = await _bring_to(tx, book, state, actor=actor, at=at)
    waiting = (await tx.execute(_RAISED, named)).scalar_one()
    closed = show("alt", alert.alert_id)
    return _standing(case, state, version, alert_id=closed, alerts_waiting=waiting)


async def _alert_closed(
    tx: Tx, case: str, alert_id: str, resolution: AlertState, *, actor: Actor, at: datetime
) -> None:
    event = events.AlertClosed(alert_id=alert_id, resolution=resolution)
    step = f"close:{alert_id}"
    await event_log.append(tx, case=case, event=event, step=step, actor=actor, at=at)


async def period_ran_out(tx: Tx, book_id: str, *, at: datetime) -> BookStanding:
    """Say visibly that the period is over while the book is not closed. Safe to run twice."""
    book = await book_lock(tx, book_id)
    if book.state != BookState.CLOSED and book.ran_out_at is None:
        await tx.execute(_RAN_OUT, {"book_id": book.book_id, "at": at})
        event = events.PeriodRanOut()
        await event_log.append(tx, case=book_id, event=event, step="run_out", actor=SYSTEM, at=at)
    return BookStanding(book_id=book_id, state=book.state)
