"""What the database itself guards: value drawn once, sums of zero, history that stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.kernel.identifiers import new_uuid, show
from services.settlement.activities import SettlementActivities
from services.settlement.commands.examining import value_draw_down
from services.settlement.queries import ledger as ledger_reads
from tests.services.settlement.conftest import Bench
from workflows.ports.settlement import AskBank, BankStatusSignal, SettlementStep


async def instruction_row(bench: Bench, lot_id: str, minor: int) -> UUID:
    """An instruction for a part of a lot, put beside the others of the same lot."""
    instruction_id = new_uuid()
    await bench.sql.execute(
        "INSERT INTO settlement_instructions (instruction_id, client_reference, instructed_by,"
        " lot_id, buyer, seller_code, seller_bank_bic, seller_account, seller_country, bank_bic,"
        " amount_minor, currency, paid_minor, paid_currency, purpose_code, state, requested_at,"
        " ended_at) VALUES ($1, $2, 'test', $3, 'group:T', 'S', 'BFTVVNVX', '1', 'VN',"
        " 'TSTACNBJ', $4, 'CNY', $4, 'CNY', 'GOD', 'REFUSED', now(), now())",
        instruction_id,
        uuid4().hex,
        UUID(hex=lot_id[4:]),
        minor,
    )
    return instruction_id


@pytest.mark.parametrize(
    ("value", "part", "fits"), [("7934.00", 793400, 1), ("8000.00", 150000, 5)]
)
async def test_parallel_draw_downs_never_exceed_the_released_value(
    bench: Bench, value: str, part: int, fits: int
) -> None:
    lot_id = await bench.lot(value)
    ids = [await instruction_row(bench, lot_id, part) for _ in range(16)]
    one = text("SELECT * FROM settlement_instructions WHERE instruction_id = :id")

    async def draw(instruction_id: UUID) -> bool:
        async with bench.services.database.transaction() as tx:
            row = (await tx.execute(one, {"id": instruction_id})).one()
            return await value_draw_down(tx, row, show("stl", instruction_id), datetime.now(UTC))

    drawn = await asyncio.gather(*map(draw, ids))
    assert sum(drawn) == fits
    assert await bench.drawn(lot_id) == fits * part


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


async def test_every_step_may_run_twice(bench: Bench) -> None:
    """The step that a crash repeats finds its work done and says the same."""
    lot_id = await bench.lot()
    case = (await bench.instruct(lot_id)).json()["instruction_id"]
    steps = SettlementActivities(bench.services.database, bench.services.official)
    step = SettlementStep(instruction_id=case)
    for run in (steps.examine, steps.offer):
        assert await run(step) == await run(step)
    ask = AskBank(instruction_id=case, attempt=1)
    assert await steps.ask_again(ask) == await steps.ask_again(ask)
    assert await steps.escalate(step) == await steps.escalate(step)
    row = await bench.read(case)
    message = await bench.sql.fetchrow(
        "SELECT message_id, asked_count FROM bank_messages WHERE instruction_id = $1",
        UUID(hex=case[4:]),
    )
    assert message is not None
    assert message["asked_count"] == 1
    report = uuid4()
    await bench.sql.execute(
        "INSERT INTO bank_reports VALUES ($1, $2, $3, '', '', now())",
        report,
        row["bank_bic"],
        uuid4().hex,
    )
    await bench.sql.execute(
        "INSERT INTO bank_statuses (report_id, line_no, message_id, instruction_id,"
        " original_message, code, amount_minor, currency, disposition)"
        " VALUES ($1, 1, $2, $3, '', 'ACSC', 793400, 'CNY', 'RECORDED')",
        report,
        message["message_id"],
        UUID(hex=case[4:]),
    )
    word = BankStatusSignal(instruction_id=case, report_id=report.hex, line_no=1)
    assert await steps.apply_status(word) == await steps.apply_status(word)
    assert await bench.ledger(case) == ["RESERVE", "POST"]
    events = await bench.events(case)
    assert len(events) == len(set(events))
