"""A table changed by hand, each deciding column in turn: verify names it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.books import COMPARED as BOOKS
from deploy.operate.verify.kept import Column, Kept, done
from deploy.operate.verify.left import REASONS, not_compared
from deploy.operate.verify.quota import differing_quota
from deploy.operate.verify.records import KEPT
from deploy.operate.verify.sums import BALANCES, Balance
from deploy.operate.verify.together import TOGETHER, Together
from migrations.apply import deciding_tables
from services.declaration.domain.declared import COLUMNS, DESCRIBED
from services.kernel.identifiers import case_uuid, show
from services.settlement.domain.instructed import COLUMNS as INSTRUCTED
from tests.support.tampering import change, found

pytestmark = pytest.mark.slow

BELOW: Final = {("drawdowns", name): f"{name}_minor" for name in ("reserved", "paid", "released")}
"""Balances that a view shows in another form than the table keeps them."""
DIGEST: Final = "lots or tickets say otherwise than was declared: their digest is another one"
OTHERWISE: Final = "lots describes goods, way or truck otherwise than was declared"
PAID_OTHERWISE: Final = "settlement_instructions pays or debits another account than was instructed"
NOT_BOUND_TO: Final = "settlement_instructions pays another account than its lot is bound to"
UNSAYS: Final = {"InspectionUnstaffed", "ExaminersUnavailable"}
"""Events after which nothing is vouched for until the next draw."""
TICKET: Final = ("resident_id", "net_kg", "value_minor", "line_no")


def columns() -> Iterator[tuple[Kept, str, Column, str]]:
    """Each deciding column, by the event that vouches for it in the cases of these tests."""
    for kept in KEPT:
        for type_, says in kept.says.items():
            for column in says if type_ not in UNSAYS else ():
                for name in column.of or (column.below or column.name,):
                    yield kept, type_, column, name


async def test_what_nobody_touched_says_what_the_log_says(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    # How a factory's lot was released these tests wrote themselves.
    ours = {of: case for of, case in told.items() if case != told["purchases"]}
    assert {of: await found(by_hand, case) for of, case in ours.items()} == {of: [] for of in ours}


OF: Final = {
    "movements": "purchase_id IN (SELECT purchase_id FROM purchases WHERE lot_id = '{0}')",
    "purchase_incomes": "purchase_id IN (SELECT purchase_id FROM purchases WHERE lot_id = '{0}')",
    "bank_reports": "report_id IN"
    " (SELECT report_id FROM bank_statuses WHERE instruction_id = '{0}')",
}
"""Whose rows are a case's in a table that has not the case's number."""


def rows_of(table: str, key: str, case: str) -> str:
    """The rows of a case in a table."""
    return OF.get(table, f"{key} = '{{0}}'").format(case_uuid(case))


def one_of(table: str, where: str) -> str:
    """One of these rows, where they may not all become the same."""
    if table not in ("compliance_signatures", "settlement_advices", "screening_hits"):
        return where
    return f"ctid = (SELECT min(ctid) FROM {table} WHERE {where})"


@pytest.mark.proof(keep=75)
@pytest.mark.parametrize(
    ("kept", "type_", "column", "name"),
    tuple(columns()),
    ids=lambda v: v.table if isinstance(v, Kept) else getattr(v, "name", v),
)
async def test_a_deciding_column_changed_by_hand_is_named(
    told: dict[str, str],
    by_hand: AsyncConnection,
    kept: Kept,
    type_: str,
    column: Column,
    name: str,
) -> None:
    case = told.get(type_) or told.get(kept.table) or told[kept.kind]
    where = rows_of(kept.table, kept.key, case)
    whether = column.as_kept is done
    await change(by_hand, kept.table, name, one_of(kept.table, where), undone=whether)
    # By the last of its events that says it.
    named = [one.partition(" says")[0].split() for one in await found(by_hand, case)]
    said = [one[-1] for one in named if one[0] == f"{kept.table}.{column.name}"]
    assert said and (said[0] == type_ or column.name in {c.name for c in kept.says[said[0]]})


async def test_a_confirmation_vouches_for_no_other_answer_than_was_entered(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    of = {"case_id": case_uuid(told["ans"])}
    kept = await by_hand.scalar(
        text("SELECT encode(digest, 'hex') FROM hand_answers WHERE answer_id = :case_id"), of
    )
    forged = {**of, "kept": kept, "forged": hashlib.sha256(b"forged").hexdigest()}
    await by_hand.execute(
        text(
            "UPDATE hand_answers SET body = 'forged', digest = sha256('forged')"
            " WHERE answer_id = :case_id"
        ),
        of,
    )
    await by_hand.execute(
        text(
            "UPDATE events SET body = replace(body, :kept, :forged)"
            " WHERE case_id = :case_id AND type = 'BankAnswerConfirmed'"
        ),
        forged,
    )
    assert await found(by_hand, told["ans"]) == [
        "hand_answers.digest: BankAnswerEntered and BankAnswerConfirmed differ"
    ]


async def test_a_word_in_the_log_that_can_be_no_value_is_named_and_stops_nothing(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    await by_hand.execute(
        text(
            "UPDATE events SET body = regexp_replace(body, 'lot_[0-9a-f]+', 'lot_none')"
            " WHERE case_id = :case_id AND type = 'SettlementInstructed'"
        ),
        {"case_id": case_uuid(told["stl"])},
    )
    named = await found(by_hand, told["stl"])
    assert "settlement_instructions.lot_id is not what SettlementInstructed says" in named


@pytest.mark.parametrize(
    ("one", "column"),
    [(one, column) for one in TOGETHER for column in one.columns],
    ids=lambda v: v.table if isinstance(v, Together) else v,
)
async def test_one_of_several_rows_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, one: Together, column: str
) -> None:
    case = told.get(one.table) or told[one.kind]
    where = rows_of(one.table, one.key, case)
    await change(by_hand, one.table, column, one_of(one.table, where))
    others = f"{one.table} has other rows than"
    assert [what for what in await found(by_hand, case) if what.startswith(others)]


@pytest.mark.parametrize("one", TOGETHER, ids=lambda one: one.table)
async def test_rows_that_are_gone_are_missed_and_those_of_no_event_are_named(
    told: dict[str, str], by_hand: AsyncConnection, one: Together
) -> None:
    case = told.get(one.table) or told[one.kind]
    forgotten = f"DELETE FROM events WHERE case_id = '{case_uuid(case)}' AND type = ANY(:types)"
    gone = f"DELETE FROM {one.table} WHERE {rows_of(one.table, one.key, case)}"
    async with by_hand.begin_nested() as undone:
        await by_hand.execute(text(gone))
        assert f"{one.table} has other rows than" in str(await found(by_hand, case))
        await undone.rollback()
    await by_hand.execute(text(forgotten), {"types": list(one.events)})
    named = f"{one.table} has rows of which the log says nothing" in await found(by_hand, case)
    assert named is one.none_before


async def test_a_report_whose_words_were_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    case = told["bank_reports"]
    await change(by_hand, "bank_reports", "body", rows_of("bank_reports", "report_id", case))
    named = await found(by_hand, case)
    assert {
        f"bank_reports.digest is not what {type_} says"
        for type_ in ("PaymentSettled", "BankStatusDisputed")
    } <= set(named)


@pytest.mark.parametrize("column", COLUMNS)
async def test_what_decides_of_a_lot_beside_its_event_is_vouched_for_by_a_digest(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "lots", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [DIGEST]


@pytest.mark.parametrize("column", DESCRIBED)
async def test_as_what_else_a_lot_was_declared_is_vouched_for_by_a_digest_of_its_own(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    lot = told["lot"]
    await change(by_hand, "lots", column, f"lot_id = '{case_uuid(lot)}'")
    assert OTHERWISE in await found(by_hand, lot)
    # One that was declared before there was this digest vouches for none of it.
    unsaid = "UPDATE events SET body = replace(body, '\"described\"', '\"unsaid\"')"
    await by_hand.execute(text(f"{unsaid} WHERE case_id = '{case_uuid(lot)}'"))
    assert OTHERWISE not in await found(by_hand, lot)


@pytest.mark.parametrize("column", TICKET)
async def test_a_ticket_changed_by_hand_is_found_by_the_digest_of_its_lot(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "tickets", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert DIGEST in await found(by_hand, told["lot"])


@pytest.mark.parametrize("column", ["confirmed_at", "refused_at"])
async def test_a_share_that_said_yes_or_no_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "tickets", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [
        f"tickets.{column} is not what the lot's events say"
    ]


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in BOOKS for column in BOOKS[table]]
)
async def test_a_period_or_a_rate_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, table: str, column: str
) -> None:
    await change(by_hand, table, column, f"book_id = '{case_uuid(told['bok'])}'")
    assert f"{table}.{column} is not what the book's events say" in await found(
        by_hand, told["bok"]
    )


async def test_a_closed_books_last_day_moved_by_hand_is_named_where_its_closing_says_it(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    where = f"book_id = '{case_uuid(told['closed'])}'"
    await change(by_hand, "books", "ended_on", where)
    assert await found(by_hand, told["closed"]) == [
        "books.ended_on is not what the book's events say"
    ]
    # One that was closed before the last day was said vouches for none.
    await by_hand.execute(
        text(
            "UPDATE events SET body = '{}' WHERE type = 'BookClosed'"
            f" AND case_id = '{case_uuid(told['closed'])}'"
        )
    )
    assert await found(by_hand, told["closed"]) == []


@pytest.mark.parametrize("column", [*INSTRUCTED, "payer_account"])
async def test_whom_a_payment_pays_and_debits_is_vouched_for_by_a_digest(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    where = f"instruction_id = '{case_uuid(told['stl'])}'"
    await change(by_hand, "settlement_instructions", column, where)
    assert PAID_OTHERWISE in await found(by_hand, told["stl"])


@pytest.mark.parametrize("column", ["seller_code", "seller_account", "seller_bank_bic"])
async def test_a_payment_of_before_pays_whom_its_lot_is_bound_to(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    of_case = f"WHERE case_id = '{case_uuid(told['stl'])}'"
    unsaid = "UPDATE events SET body = replace(body, '\"accounts\"', '\"unsaid\"')"
    await by_hand.execute(text(f"{unsaid} {of_case}"))
    assert await found(by_hand, told["stl"]) == []
    where = f"instruction_id = '{case_uuid(told['stl'])}'"
    await change(by_hand, "settlement_instructions", column, where)
    assert NOT_BOUND_TO in await found(by_hand, told["stl"])


QUOTA: Final = "quota_days.{} is not what its lots' tickets and events say"


async def of_day(connection: AsyncConnection, resident: str) -> list[str]:
    """What verify says of a resident's quota."""
    by: Any = connection
    return [what async for where, what in differing_quota(by) if where.startswith(f"{resident},")]


@pytest.mark.parametrize("column", ["reserved_minor", "consumed_minor", "tickets"])
async def test_a_day_of_quota_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    of_lot = "SELECT resident_id FROM tickets WHERE lot_id = :lot_id LIMIT 1"
    resident: UUID = await by_hand.scalar(text(of_lot), {"lot_id": case_uuid(told["lot"])})
    assert await of_day(by_hand, show("res", resident)) == []
    await change(by_hand, "quota_days", column, f"resident_id = '{resident}'")
    assert await of_day(by_hand, show("res", resident)) == [QUOTA.format(column)]
    await by_hand.execute(text(f"DELETE FROM quota_days WHERE resident_id = '{resident}'"))
    assert await of_day(by_hand, show("res", resident)) == [
        "quota_days has no row of what its lots' tickets hold"
    ]


async def test_tickets_counted_at_a_port_and_changed_by_hand_are_named(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    of_lot = (
        "SELECT t.resident_id, l.port FROM tickets AS t JOIN lots AS l USING (lot_id)"
        " WHERE lot_id = :lot_id LIMIT 1"
    )
    row = (await by_hand.execute(text(of_lot), {"lot_id": case_uuid(told["lot"])})).one()
    await change(by_hand, "port_tickets", "tickets", f"resident_id = '{row.resident_id}'")
    assert await of_day(by_hand, show("res", row.resident_id)) == [
        f"port_tickets.tickets at {row.port} is not what its lots' tickets say"
    ]
    of_resident = f"resident_id = '{row.resident_id}'"
    await by_hand.execute(text(f"DELETE FROM port_tickets WHERE {of_resident}"))
    assert await of_day(by_hand, show("res", row.resident_id)) == [
        f"port_tickets has no row of what its lots' tickets say at {row.port}"
    ]
    # A version before, whose events described no lots, counted at the ports that limit alone.
    unsaid = "UPDATE events SET body = replace(body, '\"described\"', '\"unsaid\"')"
    of_lots = f"case_id IN (SELECT lot_id FROM tickets WHERE {of_resident})"
    await by_hand.execute(text(f"{unsaid} WHERE {of_lots}"))
    assert await of_day(by_hand, show("res", row.resident_id)) == []


@pytest.mark.parametrize(
    ("balance", "column"),
    [(one, column) for one in BALANCES for column in one.sums],
    ids=lambda v: v.table if isinstance(v, Balance) else v,
)
async def test_a_balance_changed_by_hand_is_not_the_sum_of_its_rows(
    told: dict[str, str], by_hand: AsyncConnection, balance: Balance, column: str
) -> None:
    case = told.get(balance.table) or told[balance.kind]
    where = f"{balance.key} = '{case_uuid(case)}'"
    await change(by_hand, balance.table, BELOW.get((balance.table, column), column), where)
    assert f"{balance.table}.{column} is not the sum of its rows" in await found(by_hand, case)


@pytest.mark.parametrize("balance", BALANCES, ids=lambda one: one.table)
async def test_a_balance_that_is_gone_is_missed(
    told: dict[str, str], by_hand: AsyncConnection, balance: Balance
) -> None:
    case = told.get(balance.table) or told[balance.kind]
    where = f"{balance.key} = '{case_uuid(case)}'"
    await by_hand.execute(text(f"DELETE FROM {balance.table} WHERE {where}"))
    assert f"{balance.table} has no row" in str(await found(by_hand, case))


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.table)
async def test_a_row_that_is_gone_is_missed(
    told: dict[str, str], by_hand: AsyncConnection, kept: Kept
) -> None:
    case = told.get(kept.table) or told[kept.kind]
    where = rows_of(kept.table, kept.key, case)
    await by_hand.execute(text(f"DELETE FROM {kept.table} WHERE {where}"))
    gone = [what for what in await found(by_hand, case) if f"{kept.table} has no row" in what]
    assert gone


def test_a_table_of_which_nothing_is_compared_is_named() -> None:
    tables = deciding_tables()
    named = not_compared(tables)
    # Each with the reason why; none that is compared.
    assert set(named) == set(REASONS)
    assert "quota_days of days long past" in named
    assert not {"alerts", "call_ins", "credit_decisions", "movements", "sale_offers"} & set(named)
    assert not {*(kept.table for kept in KEPT), "quota_days", "port_tickets"} & set(named)
    assert {kept.table for kept in KEPT} <= set(tables)
