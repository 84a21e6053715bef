"""The ledger: sums of zero, one resolution, one's own cases, history that stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.kernel.events import MoneyBody
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.money import Money
from services.kernel.rules.ledger import Kind, Layer, Leg, post_legs, void_legs
from services.platform import ledger
from services.platform.act import Act
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.settlement.domain.events import SettlementInstructed
from tests.support.acts import DONE, SOMEBODY, receipt
from tests.support.window import Window

HUNDRED = MoneyBody(amount="100.00", currency="CNY")
LEGS = text(f"SELECT {ledger.legs_kept(':id')}")
INSTRUCTED = SettlementInstructed(
    lot_id=new_id("lot"), amount=HUNDRED, gets=HUNDRED, purpose_code="GOD", bank_bic="TSTACNBJ"
)


def legs(payer: str, minor: int = 10_000) -> tuple[Leg, ...]:
    return (
        Leg(payer, Money(-minor, "CNY"), Layer.PENDING, "payment"),
        Leg(f"seller:{payer}", Money(minor, "CNY"), Layer.PENDING, "payment"),
    )


@pytest.fixture
def payer() -> str:
    return f"buyer:{uuid4().hex}"


@pytest.fixture
async def database(window: Window) -> AsyncIterator[Database]:
    yield window.assembly.database("settlement")


async def book(
    database: Database,
    case: str,
    kind: Kind,
    booked: tuple[Leg, ...],
    resolves: UUID | None = None,
    *,
    opens: bool = False,
) -> UUID:
    """One act that books; the first of a case opens it after that, as its act's end does."""
    async with database.transaction() as tx:
        act = Act(tx, SOMEBODY, datetime.now(UTC), PolicyCache(), receipt=receipt(by=SOMEBODY))
        made = await ledger.book(act, kind, booked, case=case, resolves=resolves)
        if opens:
            act.record(case, INSTRUCTED, step="instruct")
        await act.end(DONE)
    return made


async def reserved(database: Database, payer: str) -> tuple[str, UUID]:
    case = new_id("stl")
    return case, await book(database, case, Kind.RESERVE, legs(payer), opens=True)


async def balance(database: Database, payer: str) -> tuple[int, int]:
    async with database.reading() as tx:
        (row,) = await ledger.balances(tx, [payer], limit=5, after=None)
    return row.pending_minor, row.posted_minor


async def test_a_reservation_is_posted_or_voided(database: Database, payer: str) -> None:
    case, reservation = await reserved(database, payer)
    assert await balance(database, payer) == (-10_000, 0)
    await book(database, case, Kind.POST, post_legs(legs(payer)), reservation)
    assert await balance(database, payer) == (0, -10_000)
    case, reservation = await reserved(database, payer)
    await book(database, case, Kind.VOID, void_legs(legs(payer)), reservation)
    assert await balance(database, payer) == (0, -10_000)


async def test_legs_are_read_as_they_were_booked(database: Database, payer: str) -> None:
    _, reservation = await reserved(database, payer)
    async with database.reading() as tx:
        kept = await tx.execute(LEGS, {"id": reservation})
    assert ledger.legs_as_kept(kept.scalar_one()) == legs(payer)


async def test_a_reservation_is_resolved_once(database: Database, payer: str) -> None:
    case, reservation = await reserved(database, payer)
    await book(database, case, Kind.POST, post_legs(legs(payer)), reservation)
    with pytest.raises(asyncpg.UniqueViolationError):
        await book(database, case, Kind.VOID, void_legs(legs(payer)), reservation)


async def test_a_reservation_is_resolved_for_its_own_case(database: Database, payer: str) -> None:
    _, reservation = await reserved(database, payer)
    other, _ = await reserved(database, payer)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await book(database, other, Kind.VOID, void_legs(legs(payer)), reservation)


async def test_a_service_books_for_its_own_kinds_of_case_alone(
    window: Window, database: Database, payer: str
) -> None:
    case, _ = await reserved(database, payer)
    for stranger in (f"bok_{case[4:]}", new_id("bok")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await book(database, stranger, Kind.RESERVE, legs(payer))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await book(window.assembly.database("declaration"), case, Kind.RESERVE, legs(payer))


async def test_what_is_booked_for_no_case_does_not_stand(database: Database, payer: str) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await book(database, new_id("stl"), Kind.RESERVE, legs(payer))
    async with database.reading() as tx:
        assert await ledger.balances(tx, [payer], limit=5, after=None) == []


async def test_unbalanced_legs_are_not_even_sent(database: Database, payer: str) -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        await book(database, new_id("stl"), Kind.RESERVE, legs(payer)[:1])


async def test_a_booking_without_legs_is_refused(database: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="of its 0 legs"):
        await book(database, new_id("stl"), Kind.RESERVE, ())


async def test_two_bookings_that_open_the_same_accounts_at_once_are_both_whole(
    window: Window, database: Database, payer: str
) -> None:
    """The account that another booking opens meanwhile is found by the one that waited."""
    await asyncio.gather(*(reserved(database, payer) for _ in range(8)))
    assert await balance(database, payer) == (-80_000, 0)
    opened = "SELECT count(*) FROM ledger_accounts WHERE code = $1"
    assert await window.sql.fetchval(opened, payer) == 1


POSTING = "INSERT INTO ledger_postings VALUES ($1, $2, $3, $4, $5, $6, 'test')"


async def written_past(
    window: Window, case: str, reservation: UUID, payer: str, *postings: tuple[str, int, str]
) -> None:
    """A transaction written into the tables by whoever owns the database."""
    account = await window.sql.fetchval(
        "SELECT account_id FROM ledger_accounts WHERE code = $1", payer
    )
    async with window.sql.acquire() as connection, connection.transaction():
        made = uuid4()
        await connection.execute(
            "INSERT INTO ledger_transactions VALUES ($1, 'POST', $2, $3, now())",
            made,
            case_uuid(case),
            reservation,
        )
        for line, (layer, minor, currency) in enumerate(postings, 1):
            await connection.execute(POSTING, made, line, account, layer, minor, currency)


@pytest.mark.parametrize(
    "postings",
    [
        [("POSTED", 5, "CNY"), ("POSTED", -4, "CNY")],
        [("POSTED", 5, "CNY"), ("PENDING", -5, "CNY")],
        [("PENDING", 1, "CNY")],
    ],
)
async def test_the_database_refuses_a_transaction_that_does_not_sum_to_zero(
    window: Window, database: Database, payer: str, postings: list[tuple[str, int, str]]
) -> None:
    case, reservation = await reserved(database, payer)
    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
        await written_past(window, case, reservation, payer, *postings)


async def test_a_posting_keeps_to_its_accounts_currency(
    window: Window, database: Database, payer: str
) -> None:
    case, reservation = await reserved(database, payer)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await written_past(window, case, reservation, payer, ("POSTED", 5, "VND"))


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_transactions", "ledger_postings"])
async def test_history_is_neither_changed_nor_deleted(
    window: Window, database: Database, payer: str, table: str
) -> None:
    await reserved(database, payer)
    column = {"ledger_accounts": "code", "ledger_transactions": "kind", "ledger_postings": "layer"}
    for statement in (
        f"UPDATE {table} SET {column[table]} = {column[table]}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await window.sql.execute(statement)
