"""The ledger changed by whoever has the database's own password: verify names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.ledger import COMPARED
from deploy.operate.verify.records import caseless_records
from services.kernel.identifiers import case_uuid
from tests.services.settlement.payments import one_offered
from tests.services.settlement.test_cancelling import cancel
from tests.services.settlement.test_goods_gone import paid_and_gone, returned
from tests.services.settlement.test_held_at_taking import held as held_at_taking
from tests.services.settlement.test_held_at_taking import of_a_seller
from tests.support.bench import BICS, Bench
from tests.support.by_hand import by_hand
from tests.support.quoting import post
from tests.support.tampering import change, copied, found

__all__ = ["by_hand"]

BOOKED: Final = {
    "offered": ["RESERVE"],
    "settled": ["RESERVE", "POST"],
    "rejected": ["RESERVE", "VOID"],
    "cancelled": ["RESERVE", "VOID"],
    "returned": ["RESERVE", "POST", "RETURN"],
    "exchanged": ["RESERVE", "VOID"],
    "refused": ["RESERVE", "VOID"],
    "held": [],
}
"""What is booked for each payment of these tests."""
EVERY: Final = pytest.mark.parametrize("which", [name for name, kinds in BOOKED.items() if kinds])
OF: Final = "case_id = '{0}'"
LEGS: Final = f"transaction_id IN (SELECT transaction_id FROM ledger_transactions WHERE {OF})"
ROWS: Final = {
    "ledger_transactions": OF,
    "ledger_postings": LEGS,
    "ledger_accounts": f"account_id IN (SELECT account_id FROM ledger_postings WHERE {LEGS})",
}
NAMED: Final = {
    ("ledger_accounts", "code"): "ledger_postings.account_id is not what",
    ("ledger_accounts", "currency"): "ledger_accounts.currency is not that of the account's legs",
    ("ledger_postings", "transaction_id"): "ledger_postings has other legs than",
    ("ledger_transactions", "transaction_id"): "ledger_transactions has no row of what",
    ("ledger_transactions", "case_id"): "ledger_transactions has no row of what",
}
"""What is said of a column, where that is not that it is not what its event says."""
NOTHING_SAID: Final = "ledger_transactions has a row of which the log says nothing"
UNBALANCED: Final = "ledger_postings has legs of a transaction that do not sum to zero"
DIGEST: Final = "ledger_postings says otherwise than FundsReserved: its digest is another one"


async def exchanged(bench: Bench) -> str:
    """A payment in dong for a sum in yuan, taken back before its bank took the message."""
    for bank, mid in enumerate(("3560", "3572", "3565", "3550")[: len(BICS)]):
        await post(bench, bank, mid)
    wish = {"amount": "7934.00", "currency": "CNY", "pay_currency": "VND"}
    quote = (await bench.call("POST", "/firm-quotes", json=wish)).json()
    how = {"pay_currency": "VND", "firm_quote_id": quote["quote_id"]}
    case = await bench.start(await bench.lot(), **how)
    assert (await bench.call("POST", f"/instructions/{case}/cancellation")).status_code == 200
    return case


async def held(bench: Bench) -> str:
    """A payment of more than its lot's value, taken back while it is held."""
    case = await bench.start(await bench.lot(), "7990.00")
    assert (await bench.call("POST", f"/instructions/{case}/cancellation")).status_code == 200
    return case


async def refused(bench: Bench) -> str:
    """A payment that was held when its bank would take it, and refused."""
    one = await of_a_seller(bench)
    await held_at_taking(bench, one)
    assert (await bench.sign_hold(one.instruction_id, "log-a", "refuse")).status_code == 200
    return one.instruction_id


@pytest.fixture(scope="module")
def once() -> dict[str, str]:
    """The payments of these tests, once they are made."""
    return {}


@pytest.fixture
async def booked(bench: Bench, once: dict[str, str]) -> Mapping[str, str]:
    """A payment for each way in which one ends, made while nobody delivers what is told."""
    if once:
        return once
    await bench.relay_stop()
    try:
        others = ("exchanged", "refused", "held")
        ours = {name: await one_offered(bench) for name in BOOKED if name not in others}
        await ours["settled"].answer("ACSC")
        await ours["rejected"].answer("RJCT", reason="AC04")
        await cancel(bench, ours["cancelled"])
        dispute = await paid_and_gone(bench, ours["returned"])
        await returned(bench, ours["returned"], dispute["dispute_id"])
        cases = {name: one.instruction_id for name, one in ours.items()}
        cases |= {"exchanged": await exchanged(bench), "held": await held(bench)}
        cases |= {"refused": await refused(bench)}
    finally:
        await bench.relay_start()
    assert {name: await bench.ledger(case) for name, case in cases.items()} == BOOKED
    once |= cases
    return once


async def done(by_hand: AsyncConnection, statement: str, **values: Any) -> None:
    """Something done by hand, to some row."""
    assert (await by_hand.execute(text(statement), values)).rowcount >= 1


async def test_a_ledger_that_nobody_touched_is_what_the_log_says(
    booked: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    assert {name: await found(by_hand, case) for name, case in booked.items()} == {
        name: [] for name in booked
    }


@EVERY
@pytest.mark.proof(keep=50)
@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, names in COMPARED.items() for name in names]
)
async def test_a_column_changed_by_hand_is_named(
    booked: Mapping[str, str], by_hand: AsyncConnection, table: str, column: str, which: str
) -> None:
    rows = ROWS[table].format(case_uuid(booked[which]))
    one = f"ctid = (SELECT max(ctid) FROM {table} WHERE {rows})"
    await by_hand.execute(text("ALTER TABLE ledger_postings DROP CONSTRAINT pk_ledger_postings"))
    await change(by_hand, table, column, one)
    named = NAMED.get((table, column), f"{table}.{column} is not what")
    assert named in str(await found(by_hand, booked[which]))


@EVERY
@pytest.mark.parametrize("nth", [0, 1, 2])
async def test_a_transaction_that_is_gone_is_missed(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str, nth: int
) -> None:
    """With its legs, as if it had never been booked, or alone."""
    kinds = BOOKED[which]
    if nth >= len(kinds):
        return
    gone = f"{OF.format(case_uuid(booked[which]))} AND kind = '{kinds[nth]}'"
    legs = f"transaction_id IN (SELECT transaction_id FROM ledger_transactions WHERE {gone})"
    await done(by_hand, f"DELETE FROM ledger_postings WHERE {legs}")
    assert "ledger_postings has other legs than" in str(await found(by_hand, booked[which]))
    await done(by_hand, f"DELETE FROM ledger_transactions WHERE {gone}")
    assert "ledger_transactions has no row of what" in str(await found(by_hand, booked[which]))


@EVERY
async def test_a_leg_that_is_gone_is_missed(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str
) -> None:
    rows = LEGS.format(case_uuid(booked[which]))
    last = f"ctid = (SELECT max(ctid) FROM ledger_postings WHERE {rows})"
    await done(by_hand, f"DELETE FROM ledger_postings WHERE {last}")
    named = await found(by_hand, booked[which])
    assert "ledger_postings has other legs than" in str(named) and UNBALANCED in named


@EVERY
async def test_legs_put_in_that_sum_to_zero_are_named(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str
) -> None:
    rows = LEGS.format(case_uuid(booked[which]))
    reserve = f"{rows} AND line_no = 1 AND layer = 'PENDING'"
    for line, sign in ((8, "-"), (9, "")):
        more = {"line_no": f"{line}", "amount_minor": f"{sign}5"}
        await copied(by_hand, "ledger_postings", reserve, **more)
    named = await found(by_hand, booked[which])
    assert "ledger_postings has other legs than" in str(named) and UNBALANCED not in named


@pytest.mark.parametrize("which", BOOKED)
async def test_a_transaction_put_in_is_named(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str
) -> None:
    ours = OF.format(case_uuid(booked["offered"]))
    other = {"transaction_id": "gen_random_uuid()", "case_id": f"'{case_uuid(booked[which])}'"}
    await copied(by_hand, "ledger_transactions", ours, **other)
    assert NOTHING_SAID in await found(by_hand, booked[which])


@EVERY
async def test_two_legs_that_have_exchanged_what_they_say_are_named(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str
) -> None:
    """Each sums to zero as before: their accounts, or their places."""
    rows = LEGS.format(case_uuid(booked[which]))
    first = await by_hand.scalar(
        text(f"SELECT transaction_id FROM ledger_postings WHERE {rows} ORDER BY ctid LIMIT 1")
    )
    both = "transaction_id = :of AND line_no IN (1, 2)"
    async with by_hand.begin_nested() as undone:
        other = (
            "SELECT account_id FROM ledger_postings AS o"
            " WHERE o.transaction_id = p.transaction_id AND o.line_no = 3 - p.line_no"
        )
        exchange = f"UPDATE ledger_postings AS p SET account_id = ({other}) WHERE {both}"
        await done(by_hand, exchange, of=first)
        named = str(await found(by_hand, booked[which]))
        assert "ledger_postings.account_id is not what FundsReserved says" in named
        await undone.rollback()
    await by_hand.execute(text("ALTER TABLE ledger_postings DROP CONSTRAINT pk_ledger_postings"))
    await done(by_hand, f"UPDATE ledger_postings SET line_no = 3 - line_no WHERE {both}", of=first)
    named = str(await found(by_hand, booked[which]))
    assert "ledger_postings.amount_minor is not what FundsReserved says" in named


async def test_two_payments_that_have_exchanged_what_is_booked_are_both_named(
    booked: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    one, two = (f"'{case_uuid(booked[name])}'::uuid" for name in ("settled", "rejected"))
    exchange = f"CASE case_id WHEN {one} THEN {two} ELSE {one} END"
    which = f"case_id IN ({one}, {two}) AND kind <> 'RESERVE'"
    await done(by_hand, f"UPDATE ledger_transactions SET case_id = {exchange} WHERE {which}")
    for name, event in (("settled", "PaymentSettled"), ("rejected", "PaymentRejected")):
        named = await found(by_hand, booked[name])
        assert NOTHING_SAID in named
        assert f"ledger_transactions has no row of what {event} says" in named


@EVERY
@pytest.mark.parametrize("kept", [True, False], ids=["digest", "version before"])
async def test_a_sum_that_is_another_in_every_leg_is_named(
    booked: Mapping[str, str], by_hand: AsyncConnection, which: str, kept: bool
) -> None:
    """Whether the event keeps a digest of the legs or not: a version before kept none."""
    case_id = case_uuid(booked[which])
    if not kept:
        await without_digest(by_hand, booked[which])
    rows = LEGS.format(case_id)
    await done(by_hand, f"UPDATE ledger_postings SET amount_minor = 2 * amount_minor WHERE {rows}")
    named = await found(by_hand, booked[which])
    assert UNBALANCED not in named and (DIGEST in named) == kept
    assert "ledger_postings.amount_minor is not what FundsReserved says" in named


async def test_a_banks_margin_moved_into_its_position_is_named(
    booked: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    """Of the legs of an exchange those that follow from the mid alone, which still sum to zero."""
    case, rows = booked["exchanged"], LEGS.format(case_uuid(booked["exchanged"]))
    moved = (
        "UPDATE ledger_postings SET amount_minor = amount_minor + 7 * sign(amount_minor)"
        f" WHERE {rows} AND currency = 'VND' AND purpose IN ('spread', 'exchange')"
    )
    await done(by_hand, moved)
    assert await found(by_hand, case) == [DIGEST]


async def without_digest(by_hand: AsyncConnection, case: str) -> None:
    """What was reserved, and what became void of it, as a version before said it."""
    await done(
        by_hand,
        "UPDATE events SET body = CAST(CAST(body AS jsonb) - 'legs' - CASE type"
        " WHEN 'SettlementCancelled' THEN 'transaction_id' ELSE '' END AS text)"
        " WHERE case_id = :case_id AND type IN ('FundsReserved', 'SettlementCancelled')",
        case_id=case_uuid(case),
    )


async def test_what_a_version_before_booked_is_what_its_events_say(
    booked: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    for case in (case for name, case in booked.items() if BOOKED[name]):
        await without_digest(by_hand, case)
        assert await found(by_hand, case) == []


@pytest.mark.parametrize("said", ["[]", "{}", "7"])
async def test_a_transaction_that_can_be_none_is_named_and_stops_nothing(
    booked: Mapping[str, str], by_hand: AsyncConnection, said: str
) -> None:
    anew = (
        "UPDATE events SET body = CAST(jsonb_set(CAST(body AS jsonb), '{transaction_id}',"
        " CAST(:said AS jsonb)) AS text) WHERE case_id = :id AND body LIKE '%transaction_id%'"
    )
    for name in ("settled", "rejected", "cancelled", "returned"):
        await done(by_hand, anew, said=said, id=case_uuid(booked[name]))
        assert NOTHING_SAID in await found(by_hand, booked[name])


@pytest.mark.parametrize("said", ["{}", '{"amount": 1, "gets": []}', '{"amount": {"amount": "x"}}'])
async def test_a_log_that_says_no_sum_ends_no_verification(
    booked: Mapping[str, str], by_hand: AsyncConnection, said: str
) -> None:
    """Whatever somebody wrote into it: its chain is broken, which is told beside."""
    case = booked["exchanged"]
    anew = "UPDATE events SET body = :said WHERE case_id = :id AND type = 'SettlementInstructed'"
    await done(by_hand, anew, said=said, id=case_uuid(case))
    rows = LEGS.format(case_uuid(case))
    await done(by_hand, f"DELETE FROM ledger_postings WHERE {rows}")
    assert "ledger_postings has no legs of what FundsReserved says" in await found(by_hand, case)


async def test_what_is_booked_for_no_case_and_an_account_there_twice_are_named(
    booked: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    any_: Any = by_hand
    before = {row async for row in caseless_records(any_)}
    case_id = case_uuid(booked["settled"])
    nobodys = {"transaction_id": "gen_random_uuid()", "case_id": "gen_random_uuid()"}
    await copied(by_hand, "ledger_transactions", OF.format(case_id), **nobodys)
    no_one = {"transaction_id": "gen_random_uuid()"}
    await copied(by_hand, "ledger_postings", LEGS.format(case_id), **no_one)
    again = {"account_id": "gen_random_uuid()"}
    of = ROWS["ledger_accounts"].format(case_id)
    await copied(by_hand, "ledger_accounts", of, **again)
    named = {row async for row in caseless_records(any_)} - before
    assert {row.rpartition(": ")[2] for row in named} == {
        "ledger_transactions has a row of which the log has no case",
        "ledger_postings has legs of no transaction",
        "ledger_accounts has it twice in CNY",
    }
