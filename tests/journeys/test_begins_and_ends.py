"""Whatever is on file from a day to a day has its effect on these days, and on no other.

Of every register with validity, by a table: what begins tomorrow is nothing today, what ended with
yesterday is nothing any more, what begins today counts, and a renewal ahead changes nothing. A day
is Beijing's; an end is the day after the last.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from services.kernel.clock import business_day
from tests.support.asleep import Asleep
from tests.support.factory import Factory
from tests.support.harbour import open_port
from tests.support.numbers import fresh
from tests.support.on_file import enterprise_filed, line_filed, officers_as
from tests.support.window import Group, codes

Span = tuple[int, int | None]
"""From and until which day (exclusive), as days from today."""
BEGINS_TOMORROW: Final[Span] = (1, None)
ENDED_YESTERDAY: Final[Span] = (-9, 0)
BEGINS_TODAY: Final[Span] = (0, None)
LAST_DAY_TODAY: Final[Span] = (-9, 1)
HOLDS: Final[Span] = (-9, None)
AHEAD: Final[Span] = (5, None)


def day(from_today: int | None) -> str | None:
    if from_today is None:
        return None
    return (business_day(datetime.now(UTC)) + timedelta(days=from_today)).isoformat()


@dataclass
class Place:
    """Where one record is tried: everybody else is on file for years."""

    asleep: Asleep
    group: Group
    line: str
    """Goods that nobody else declares."""
    known: dict[str, Any] = field(default_factory=dict)

    async def declared(self, **changes: Any) -> list[str]:
        """Why a lot that enters now is refused, if it is."""
        harbour = self.asleep.harbour
        entered = {"entered_at": datetime.now(UTC).isoformat(), "port": harbour.port}
        lot = {"values": ["10.00"], "hs_code": self.line, **entered, **changes}
        answer = await harbour.window.lot(self.group, **lot)
        if answer.is_success:
            self.known["lot_id"] = answer.json()["lot_id"]
        return [] if answer.is_success else codes(answer)

    async def confirmed(self) -> list[str]:
        """Why the clerk may not confirm for the members, if so."""
        assert await self.declared() == []
        path = f"/declaration/v1/lots/{self.known['lot_id']}/confirmations"
        answer = await self.group.clerk.try_post(path, {"by_mandate": True})
        return [] if answer.is_success else codes(answer)

    async def lane(self) -> str:
        """Where a confirmed lot is sent."""
        assert await self.confirmed() == []
        await self.asleep.attended(self.known["lot_id"])
        return str((await self.asleep.harbour.lot(self.known["lot_id"]))["lane"])


async def a_place(asleep: Asleep) -> Place:
    port = await open_port(asleep.harbour.window, replays=False)
    place = asleep.at(port)
    line = await line_filed(asleep.sql, f"97{fresh(6)}")
    return Place(place, await place.harbour.group(1), line)


async def resident(place: Place, span: Span) -> None:
    """The member's filing is this alone."""
    last = None if span[1] is None else span[1] - 1
    if "filed" not in place.known:
        await place.asleep.sql.execute(
            "DELETE FROM resident_filings WHERE resident_id ="
            " (SELECT resident_id FROM memberships WHERE group_code = $1)",
            place.group.code,
        )
        place.known["filed"] = True
    until = day(last) or "2038-01-05"
    await place.asleep.harbour.window.file_residents(
        place.group.residents, filed_on=str(day(span[0])), valid_until=until
    )


async def membership(place: Place, span: Span) -> None:
    if "group" not in place.known:
        # A second group, of which the resident is a member on these days alone.
        other = await place.asleep.harbour.group(1)
        place.known["group"] = other.code
        place.group = Group(other.code, place.group.residents, other.clerk)
    row = {"group_code": place.group.code, "resident_no": place.group.residents[0]}
    dated = {**row, "joined_on": day(span[0]), "left_on": day(span[1])}
    await place.asleep.harbour.window.on_file("memberships", dated)


async def mandate(place: Place, span: Span) -> None:
    if "group" not in place.known:
        place.group = await place.asleep.harbour.group(1, mandated=False)
        place.known["group"] = place.group.code
    row = {"group_code": place.group.code, "resident_no": place.group.residents[0]}
    dated = {**row, "given_on": day(span[0]), "ended_on": day(span[1])}
    await place.asleep.harbour.window.on_file("mandates", dated)


async def processing(place: Place, span: Span) -> None:
    if "plant" not in place.known:
        code = await enterprise_filed(place.asleep.sql, place.asleep.harbour.port)
        window = place.asleep.harbour.window
        party = window.parties.act_as("enterprise", f"enterprise:{code}")
        place.known["plant"] = Factory(code, party, window)
    row = {"enterprise_code": place.known["plant"].code, "hs_prefix": "0801", "filing_no": "LJ-1"}
    dated = {"filed_from": day(span[0]), "filed_to": day(span[1])}
    said = {**row, **dated, "yearly_capacity_kg": "1000"}
    await place.asleep.harbour.window.on_file("processing-filings", said)


async def control(place: Place, span: Span) -> None:
    window = place.asleep.harbour.window
    (officer, _) = await officers_as(window.parties, window.sql, "risk_officer")
    body = {"kind": "hs_code", "value": place.line, "grounds": "tip-off"}
    dated = {"effective_from": day(span[0]), "effective_to": day(span[1])}
    await officer.post("/risk/v1/controls", {**body, **dated})


async def rule(place: Place, span: Span) -> None:
    window = place.asleep.harbour.window
    author, approver = await officers_as(window.parties, window.sql, "risk_officer")
    body = {
        "code": f"R{uuid4().hex[:8].upper()}",
        "title": "of a day",
        "lane": "RED",
        "expression": f'hs_code == "{place.line}"',
        "example": {"hs_code": place.line},
        "authority": "test",
        **{"effective_from": day(span[0]), "effective_to": day(span[1])},
    }
    made = await author.post("/risk/v1/rules", body)
    await approver.sign(f"/risk/v1/rules/{made['rule_id']}", "decision", {"approve": True})


async def restriction(place: Place, span: Span) -> None:
    row = {"kind": "NOT_EXEMPT", "hs_prefix": place.line, "authority": "test"}
    dated = {"effective_from": day(span[0]), "effective_to": day(span[1])}
    await place.asleep.harbour.window.listed("goods-restrictions", {**row, **dated})


async def origin(place: Place, span: Span) -> None:
    row = {"port": place.asleep.harbour.port, "country": "TH", "authority": "test"}
    dated = {"effective_from": day(span[0]), "effective_to": day(span[1])}
    await place.asleep.harbour.window.listed("port-origins", {**row, **dated})


async def commodity(place: Place, span: Span) -> None:
    place.line = place.known.setdefault("line", f"96{fresh(6)}")
    row = {"hs_code": place.line, "name_zh": "货", "name_en": "Goods", "perishable": False}
    dated = {"effective_from": day(span[0]), "effective_to": day(span[1])}
    await place.asleep.harbour.window.listed("commodities", {**row, **dated})


async def quota(place: Place, span: Span) -> None:
    """Another daily quota at this port."""
    window = place.asleep.harbour.window
    author, other = await officers_as(window.parties, window.sql, "policy_officer")
    body = {"key": "hushi.daily_quota_cny", "scope": place.asleep.harbour.port, "value": "5.00"}
    dated = {"effective_from": day(span[0]), "effective_to": day(span[1])}
    made = await author.post("/law/v1/policy", {**body, **dated, "authority": "test"})
    await other.sign(f"/law/v1/policy/{made['policy_id']}", "approval", {})


async def takes(place: Place) -> bool:
    return await place.declared() == []


async def confirms(place: Place) -> bool:
    return await place.confirmed() == []


async def buys(place: Place) -> bool:
    body = {"reference": uuid4().hex, "hs_code": "08013100", "wanted_kg": "10", "unit_price": "1"}
    answer = await place.known["plant"].party.try_post("/secondmarket/v1/orders", body)
    return bool(answer.is_success)


async def selects(place: Place) -> bool:
    return await place.lane() == "RED"


async def keeps_out(place: Place) -> bool:
    return "GOODS_NOT_EXEMPT" in await place.declared()


async def lets_in(place: Place) -> bool:
    return await place.declared(origin="TH") == []


async def limits(place: Place) -> bool:
    return "QUOTA_EXCEEDED" in await place.declared()


File = Callable[[Place, Span], Awaitable[None]]
Effect = Callable[[Place], Awaitable[bool]]
EVERY: Final = (BEGINS_TOMORROW, ENDED_YESTERDAY, BEGINS_TODAY, LAST_DAY_TODAY)
FROM_TODAY: Final = (BEGINS_TOMORROW, BEGINS_TODAY)
"""Of lists of the law nothing is filed that would have held on a past day."""
REGISTERS: Final[dict[str, tuple[File, Effect, tuple[Span, ...]]]] = {
    "a resident's filing": (resident, takes, EVERY),
    "a membership": (membership, takes, EVERY),
    "a mandate": (mandate, confirms, EVERY),
    "what a factory processes": (processing, buys, EVERY),
    "a control": (control, selects, EVERY),
    "a risk rule": (rule, selects, FROM_TODAY),
    "a restriction of goods": (restriction, keeps_out, FROM_TODAY),
    "an origin of a port": (origin, lets_in, FROM_TODAY),
    "a commodity": (commodity, takes, FROM_TODAY),
    "a legal parameter": (quota, limits, (BEGINS_TOMORROW,)),
}
"""Of each register how a record of it is filed, what it has as its effect today, what is tried."""


def counts_today(span: Span) -> bool:
    return span[0] <= 0 and (span[1] is None or span[1] > 0)


@pytest.mark.parametrize(
    ("register", "span"),
    [
        pytest.param(name, span, id=f"{name} {span[0]}..{span[1]}")
        for name, (_, _, tried) in REGISTERS.items()
        for span in tried
    ],
)
async def test_it_has_its_effect_on_its_days_alone(
    asleep: Asleep, register: str, span: Span
) -> None:
    file, effect, _ = REGISTERS[register]
    place = await a_place(asleep)
    await file(place, span)
    assert await effect(place) is counts_today(span)


@pytest.mark.parametrize(
    "register", [n for n, (_, _, tried) in REGISTERS.items() if tried == EVERY]
)
async def test_what_is_renewed_ahead_is_today_as_it_was(asleep: Asleep, register: str) -> None:
    file, effect, _ = REGISTERS[register]
    place = await a_place(asleep)
    await file(place, HOLDS)
    await file(place, AHEAD)
    assert await effect(place) is True
