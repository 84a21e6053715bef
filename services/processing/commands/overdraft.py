"""Products that used more than the book holds: a material has one alert, with what stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import alert_closed, alert_raise
from services.processing.commands.waiting import waiting_in
from services.processing.domain.rules.consumption import Balance, material_suffices
from services.processing.domain.states import AlertKind, AlertState

_GIVE_BACK = text("""
    UPDATE alerts SET state = 'REOPENED', closed_at = :at, closed_by = :closed_by, reason = :reason
    WHERE book_id = :book_id AND state = 'RAISED' AND kind = 'OVERDRAWN'
        AND hs_code = ANY(CAST(:materials AS text[]))
    RETURNING alert_id, hs_code, grounds
""")


async def overdraft_given_back(
    act: Act, book: Row, materials: Collection[str], signed: Mapping[str, Any]
) -> dict[str, str | None]:
    """Close what is raised of these materials, whose figure stands no more.

    By material what the factory had said to it.
    """
    named = {"book_id": book.book_id, "materials": list(materials)}
    rows = (await act.execute(_GIVE_BACK, **named, **signed)).all()
    for row in rows:
        alert_closed(
            act, book, show("alt", row.alert_id), AlertState.REOPENED, kind=AlertKind.OVERDRAWN
        )
    return {row.hs_code: row.grounds for row in rows}


async def overdraft_raise(
    act: Act, book: Row, overdrawn: Mapping[str, Balance], grounds: Mapping[str, str | None]
) -> list[str]:
    """Raise an alert for each material that is overdrawn beyond the tolerated yield."""
    if not overdrawn:
        return []
    law, day = await act.law(), business_day(act.at)
    raised = []
    for hs, balance in overdrawn.items():
        tolerance = law.decimal("process.yield_tol", on=day, scope=hs)
        if balance.overdrawn_rate > tolerance:
            alert_id = await alert_raise(
                act,
                book,
                AlertKind.OVERDRAWN,
                hs,
                deviation=balance.overdrawn_rate,
                tolerance=tolerance,
                grounds=grounds.get(hs),
            )
            raised.append(alert_id)
    return raised


async def overdraft_deepened(
    act: Act,
    book: Row,
    overdrawn: Mapping[str, Balance],
    alerted: Collection[str],
    grounds: str | None,
    signed: Mapping[str, Any],
) -> list[str]:
    """More of these materials was used than is there: alerts with the figures that stand by now.

    ``alerted`` are those of which an alert waits already: its figure is less than that.
    """
    former = await overdraft_given_back(act, book, alerted, signed) if alerted else {}
    raised = await overdraft_raise(act, book, overdrawn, dict.fromkeys(overdrawn, grounds))
    if former and not raised:
        await waiting_in(act, book)
    return raised


async def overdraft_eased(
    act: Act, book: Row, balances: Mapping[str, Balance], signed: Mapping[str, Any]
) -> None:
    """Less is used of these materials than was: what was raised goes, or stands with less."""
    former = await overdraft_given_back(act, book, balances, signed)
    still = {hs: balances[hs] for hs in former if not material_suffices(balances[hs])}
    raised = await overdraft_raise(act, book, still, former)
    if former and not raised:
        await waiting_in(act, book)
