"""What the database itself guards: value drawn once, sums of zero, history that stays."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.settlement.queries import ledger as ledger_reads
from tests.services.settlement.conftest import Bench


async def settled(bench: Bench) -> str:
    """An instruction that has been paid."""
    instruction_id = await bench.start(await bench.lot())
    bank = await bench.bank((await bench.until(instruction_id, "OFFERED"))["bank_bic"])
    await bank.work_once()
    await bench.until(instruction_id, "SETTLED")
    return instruction_id


async def test_the_database_refuses_more_than_was_released(bench: Bench) -> None:
    insert = "INSERT INTO drawdowns VALUES ($1, 'CNY', 100, $2)"
    for drawn in (101, -1):
        with pytest.raises(asyncpg.CheckViolationError):
            await bench.sql.execute(insert, uuid4(), drawn)


POSTING = "INSERT INTO ledger_postings VALUES ($1, $2, $3, $4, $5, $6, 'test')"


async def transaction(bench: Bench, connection: Any, instruction_id: str) -> UUID:
    transaction_id = uuid4()
    reserved = await connection.fetchval(
        "SELECT transaction_id FROM ledger_transactions WHERE instruction_id = $1"
        " AND kind = 'POST'",
        UUID(hex=instruction_id[4:]),
    )
    await connection.execute(
        "INSERT INTO ledger_transactions VALUES ($1, 'CORRECT', $2, $3, now())",
        transaction_id,
        UUID(hex=instruction_id[4:]),
        reserved,
    )
    return transaction_id


@pytest.mark.parametrize(
    "legs",
    [
        [("POSTED", 5), ("POSTED", -4)],
        [("POSTED", 5), ("PENDING", -5)],
        [("PENDING", 1)],
    ],
)
async def test_the_database_refuses_a_transaction_that_does_not_sum_to_zero(
    bench: Bench, legs: list[tuple[str, int]]
) -> None:
    instruction_id = await settled(bench)
    account = await bench.sql.fetchval(
        "SELECT account_id FROM ledger_accounts WHERE currency = 'CNY' LIMIT 1"
    )
    async with bench.sql.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
            async with connection.transaction():
                made = await transaction(bench, connection, instruction_id)
                for line, (layer, minor) in enumerate(legs, 1):
                    await connection.execute(POSTING, made, line, account, layer, minor, "CNY")


async def test_a_posting_keeps_to_its_accounts_currency(bench: Bench) -> None:
    instruction_id = await settled(bench)
    account = await bench.sql.fetchval(
        "SELECT account_id FROM ledger_accounts WHERE currency = 'CNY' LIMIT 1"
    )
    async with bench.sql.acquire() as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with connection.transaction():
                made = await transaction(bench, connection, instruction_id)
                await connection.execute(POSTING, made, 1, account, "POSTED", 5, "VND")


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_transactions", "ledger_postings"])
async def test_history_is_neither_changed_nor_deleted(bench: Bench, table: str) -> None:
    await settled(bench)
    column = {"ledger_accounts": "code", "ledger_transactions": "kind", "ledger_postings": "layer"}
    for statement in (
        f"UPDATE {table} SET {column[table]} = {column[table]}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await bench.sql.execute(statement)


async def test_a_reservation_is_resolved_once(bench: Bench) -> None:
    instruction_id = await settled(bench)
    async with bench.services.database.reading() as tx:
        reservation, _ = await ledger_reads.reservation(tx, UUID(hex=instruction_id[4:]))
    with pytest.raises(asyncpg.UniqueViolationError):
        await bench.sql.execute(
            "INSERT INTO ledger_transactions VALUES ($1, 'VOID', $2, $3, now())",
            uuid4(),
            UUID(hex=instruction_id[4:]),
            reservation,
        )


async def test_money_is_conserved_over_the_whole_ledger(bench: Bench) -> None:
    await settled(bench)
    sums = await bench.sql.fetch(
        "SELECT layer, currency, sum(amount_minor)::bigint AS minor FROM ledger_postings"
        " GROUP BY layer, currency"
    )
    assert {row["minor"] for row in sums} == {0}
    owed = await bench.sql.fetchval(
        "SELECT count(*) FROM drawdowns d WHERE drawn_minor <> (SELECT coalesce(sum(drawn_minor),"
        " 0) FROM settlement_instructions i WHERE i.lot_id = d.lot_id)"
        " AND lot_id IN (SELECT lot_id FROM settlement_instructions WHERE state = 'SETTLED')"
    )
    assert owed == 0, "what is drawn of a lot is what its instructions drew"


async def test_two_bookings_that_open_the_same_accounts_at_once_are_both_whole(
    bench: Bench,
) -> None:
    """The account that another booking opens meanwhile is found by the one that waited."""
    group = f"group:{bench.group}"
    lots = [await bench.lot() for _ in range(8)]
    answers = await asyncio.gather(*(bench.instruct(lot_id) for lot_id in lots))
    for answer in answers:
        pending = await bench.posted(answer.json()["instruction_id"], "PENDING")
        assert pending == {f"buyer:{group} CNY": -793400, "seller:SELLER-SETTLE CNY": 793400}
    opened = "SELECT count(*) FROM ledger_accounts WHERE code = $1"
    assert await bench.sql.fetchval(opened, f"buyer:{group}") == 1


async def test_a_booking_without_legs_is_refused(bench: Bench) -> None:
    instruction_id = await settled(bench)
    with pytest.raises(asyncpg.CheckViolationError, match="of its 0 legs"):
        await bench.sql.execute(
            "SELECT ledger_book($1, 'RESERVE', $2, NULL, now(),"
            " '{}', '{}', '{}', '{}', '{}', '{}')",
            uuid4(),
            UUID(hex=instruction_id[4:]),
        )
