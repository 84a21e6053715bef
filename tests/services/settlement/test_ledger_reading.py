"""The ledger is read by days and accounts: what opened and what was booked come to what closes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.clock import business_day, day_begins
from services.kernel.money import Money
from services.kernel.rules.ledger import Kind, Layer, Leg
from services.platform import ledger
from services.platform.act import Act
from services.platform.policy import PolicyCache
from tests.support.acts import SOMEBODY, receipt
from tests.support.bench import BICS, Bench

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
LAST_OF_MONDAY = day_begins(TUESDAY) - timedelta(microseconds=1)
AUDITOR = {"role": "auditor", "party": "auditor:1"}
BALANCES, TRANSACTIONS = "/ledger/balances", "/ledger/transactions"
Items = list[dict[str, Any]]


async def booked(bench: Bench, case: str, account: str, *moments: datetime) -> None:
    """A hundred reserved from an account at each of these moments, for a payment."""
    hundred = Money(10_000, "CNY")
    legs = (
        Leg(account, Money(-hundred.minor, "CNY"), Layer.PENDING, "payment"),
        Leg(f"seller:{uuid4().hex}", hundred, Layer.PENDING, "payment"),
    )
    for at in moments:
        async with bench.services.database.transaction() as tx:
            act = Act(tx, SOMEBODY, at, PolicyCache(), receipt=receipt(by=SOMEBODY))
            await ledger.book(act, Kind.RESERVE, legs, case=case)


async def read(bench: Bench, path: str, *, by: dict[str, str] = AUDITOR, **asked: Any) -> Items:
    answer = await bench.call("GET", path, params=asked, **by)
    assert answer.status_code == 200, answer.text
    items: Items = answer.json()["items"]
    return items


async def paged(bench: Bench, **asked: Any) -> Items:
    """All transactions, a page of one each time."""
    found: Items = []
    while True:
        answer = await bench.call("GET", TRANSACTIONS, params={"limit": 1, **asked}, **AUDITOR)
        body = answer.json()
        found += body["items"]
        if body["next_cursor"] is None:
            return found
        asked["cursor"] = body["next_cursor"]


def days(first: date, last: date) -> dict[str, Any]:
    return {"day_from": first.isoformat(), "day_to": last.isoformat()}


@pytest.fixture
async def payment(asleep: Bench) -> str:
    return await asleep.start(await asleep.lot())


@pytest.fixture
def account() -> str:
    return f"buyer:{uuid4().hex}"


@pytest.fixture
async def three_days(asleep: Bench, payment: str, account: str) -> str:
    """An account: two bookings on Monday, in its first and its last instant, and one on each of
    the next two days; their identifiers are of another order than their moments."""
    late = day_begins(WEDNESDAY)
    await booked(asleep, payment, account, late, day_begins(TUESDAY), LAST_OF_MONDAY)
    await booked(asleep, payment, account, day_begins(MONDAY))
    return account


async def test_a_day_begins_and_ends_with_beijings(asleep: Bench, three_days: str) -> None:
    for day, times in ((MONDAY, 2), (TUESDAY, 1), (WEDNESDAY, 1)):
        found = await read(asleep, TRANSACTIONS, **days(day, day), account=three_days)
        assert [item["booked_at"][:10] for item in found] == [day.isoformat()] * times
    assert await read(asleep, TRANSACTIONS, account=three_days, day_to="2026-03-01") == []


async def test_pages_lead_through_the_days_in_the_order_of_booking(
    asleep: Bench, three_days: str
) -> None:
    found = await paged(asleep, **days(MONDAY, TUESDAY), account=three_days)
    assert [item["booked_at"] for item in found] == [
        "2026-03-02T00:00:00.000+08:00",
        "2026-03-02T23:59:59.999+08:00",
        "2026-03-03T00:00:00.000+08:00",
    ]
    assert len(await paged(asleep, account=three_days)) == 4, "without days, all of the account"


async def test_a_payments_transactions_are_read_by_days_too(
    asleep: Bench, payment: str, three_days: str
) -> None:
    today = business_day(datetime.now(UTC)).isoformat()
    listed: list[tuple[dict[str, Any], int]] = [
        ({}, 5),
        ({"account": three_days}, 4),
        ({"day_from": today}, 1),
    ]
    for asked, times in listed:
        found = await read(asleep, TRANSACTIONS, instruction_id=payment, **asked)
        assert len(found) == times, asked


@pytest.mark.parametrize(
    ("asked", "opened", "closed"),
    [
        (days(MONDAY, MONDAY), "0.00", "-200.00"),
        (days(TUESDAY, TUESDAY), "-200.00", "-300.00"),
        (days(TUESDAY, WEDNESDAY), "-200.00", "-400.00"),
        ({"day_from": "2026-03-04"}, "-300.00", "-400.00"),
        ({"day_to": "2026-03-02"}, None, "-200.00"),
        ({}, None, "-400.00"),
    ],
)
async def test_what_opened_and_what_was_booked_come_to_what_closes(
    asleep: Bench, three_days: str, asked: dict[str, Any], opened: str | None, closed: str
) -> None:
    (balance,) = await read(asleep, BALANCES, **asked, account=three_days)
    assert (balance["opening_pending"], balance["pending"]) == (opened, closed)
    assert balance["opening_posted"] == (None if opened is None else "0.00")
    if opened is not None:
        booked_then = len(await read(asleep, TRANSACTIONS, **asked, account=three_days))
        assert float(opened) - 100 * booked_then == float(closed)


async def test_every_account_opens_with_something_and_pages_lead_through_them(
    asleep: Bench, three_days: str
) -> None:
    found: Items = []
    asked: dict[str, Any] = {"limit": 200, **days(TUESDAY, TUESDAY)}
    while "cursor" not in asked or asked["cursor"]:
        body = (await asleep.call("GET", BALANCES, params=asked, **AUDITOR)).json()
        found += body["items"]
        asked["cursor"] = body["next_cursor"]
    (own,) = [balance for balance in found if balance["account"] == three_days]
    assert (own["opening_pending"], own["pending"]) == ("-200.00", "-300.00")


async def test_a_bank_reads_its_own_accounts_and_payments_alone(
    asleep: Bench, payment: str
) -> None:
    bic = (await asleep.read(payment))["bank_bic"]
    own, at = f"liquidity:{bic}", day_begins(date(2026, 2, 2)) + timedelta(hours=9)
    await booked(asleep, payment, own, at)
    on_that_day = days(at.date(), at.date())
    bank = {"role": "bank", "party": f"bank:{bic}"}
    # In each of its currencies.
    assert {b["account"] for b in await read(asleep, BALANCES, by=bank, account=own)} == {own}
    assert await read(asleep, TRANSACTIONS, by=bank, **on_that_day, account=own)
    other = {"role": "bank", "party": f"bank:{next(b for b in BICS if b != bic)}"}
    for path in (BALANCES, TRANSACTIONS):
        assert await read(asleep, path, by=other, **on_that_day, account=own) == []
        assert await read(asleep, path, account="liquidity:NOBACNBJ") == []


@pytest.mark.parametrize("path", [BALANCES, TRANSACTIONS])
@pytest.mark.parametrize(
    ("first", "last", "at", "says"),
    [
        (TUESDAY, MONDAY, "/query/day_to", "day_to lies before day_from"),
        (date(2199, 1, 1), date(2199, 1, 1), "/query/day_from", "has not begun"),
        (MONDAY, date(2199, 12, 31), "/query/day_to", "has not begun"),
    ],
)
async def test_days_that_run_backwards_or_have_not_begun_are_refused(
    bench: Bench, path: str, first: date, last: date, at: str, says: str
) -> None:
    answer = await bench.call("GET", path, params=days(first, last), **AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == at
    assert says in error["detail"]


@pytest.mark.parametrize("path", [BALANCES, TRANSACTIONS])
async def test_what_is_no_day_is_refused(bench: Bench, path: str) -> None:
    answer = await bench.call("GET", path, params={"day_from": "2026-02-30"}, **AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


async def test_today_may_be_asked_for(bench: Bench) -> None:
    today = business_day(datetime.now(UTC))
    await read(bench, BALANCES, **days(today, today))
    await read(bench, TRANSACTIONS, **days(today, today))


@pytest.mark.parametrize("account", ["", "liquidity:", "buyer:Nguyễn", "x" * 120])
async def test_an_account_that_does_not_exist_holds_nothing(bench: Bench, account: str) -> None:
    for path in (BALANCES, TRANSACTIONS):
        assert await read(bench, path, account=account) == []
