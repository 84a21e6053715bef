"""Whatever is instructed, signed and said, in whatever order: no money is made, none is lost."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.services.settlement.payments import Offered
from tests.services.settlement.test_attending import attended
from tests.support.bench import Bench
from tests.support.one_day import today

WORDS = ("ACSC", "ACSC", "RJCT", "ACSP", "ACCC")
STEPS = 24


async def open_payment(bench: Bench, lot_id: str) -> dict[str, str] | None:
    """The payment of a lot that is under way."""
    items = (await bench.call("GET", f"/instructions?lot_id={lot_id}")).json()["items"]
    ended = ("SETTLED", "REJECTED", "REFUSED")
    return next((i for i in items if i["state"] not in ended), items[0] if items else None)


async def say(bench: Bench, case: dict[str, str], choose: random.Random) -> None:
    """The bank says something, true or not."""
    message_id = await bench.sql.fetchval(
        "SELECT message_id FROM bank_messages WHERE instruction_id = $1",
        UUID(hex=case["instruction_id"][4:]),
    )
    if message_id is None:
        return
    code = choose.choice(WORDS)
    amount = choose.choice([case["amount"]["amount"], "0.01"])  # type: ignore[index]
    offered = Offered(bench, case, f"msg_{message_id.hex}")
    answer = await offered.answer(code, amount, reason="AC04" if code == "RJCT" else None)
    assert answer.status_code in (200, 202, 409), answer.text


async def something(bench: Bench, lot_id: str, choose: random.Random) -> None:
    """One act, allowed or not."""
    case = await open_payment(bench, lot_id)
    act = choose.choice(["instruct", "sign", "say", "say"])
    if case is None or act == "instruct":
        amount = choose.choice(["7934.00", "3000.00", "4934.00", "9000.00"])
        answer = await bench.instruct(lot_id, amount)
        assert answer.status_code in (201, 409), answer.text
    elif act == "sign":
        what = choose.choice(["release", "release", "release", "refuse"])
        person = choose.choice(["officer-a", "officer-b"])
        answer = await bench.sign_hold(case["instruction_id"], person, what)
        assert answer.status_code in (200, 409), answer.text
    else:
        await say(bench, case, choose)


async def is_conserved(bench: Bench, lot_id: str) -> None:
    """Sums are zero, what is drawn is what is paid or promised, and never more than released."""
    sums = await bench.sql.fetch(
        "SELECT layer, currency, sum(amount_minor)::bigint AS minor FROM ledger_postings"
        " GROUP BY layer, currency"
    )
    assert {row["minor"] for row in sums} <= {0}
    row = await bench.sql.fetchrow(
        """
        SELECT coalesce(sum(drawn_minor), 0)::bigint AS drawn,
            coalesce(sum(paid_minor) FILTER (
                WHERE state = 'SETTLED' AND returned_at IS NULL), 0)::bigint AS paid,
            coalesce(sum(paid_minor) FILTER (
                WHERE state IN ('OFFERED', 'IN_PROGRESS')), 0)::bigint AS promised,
            (SELECT coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'POSTED'), 0)::bigint
                FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)
                JOIN ledger_transactions AS t USING (transaction_id)
                JOIN settlement_instructions AS o ON o.instruction_id = t.case_id
                WHERE o.lot_id = $1 AND a.code LIKE 'seller:%') AS posted,
            (SELECT coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'PENDING'), 0)::bigint
                FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)
                JOIN ledger_transactions AS t USING (transaction_id)
                JOIN settlement_instructions AS o ON o.instruction_id = t.case_id
                WHERE o.lot_id = $1 AND a.code LIKE 'seller:%') AS pending
        FROM settlement_instructions WHERE lot_id = $1
        """,
        UUID(hex=lot_id[4:]),
    )
    assert row is not None
    assert (row["posted"], row["pending"]) == (row["paid"], row["promised"])
    assert row["drawn"] == await bench.drawn(lot_id) <= 793400
    used = "SELECT paid_minor FROM drawdowns WHERE lot_id = $1"
    assert (await bench.sql.fetchval(used, UUID(hex=lot_id[4:])) or 0) == row["paid"]
    assert row["paid"] + row["promised"] <= row["drawn"]


async def test_the_database_refuses_more_than_was_released(bench: Bench) -> None:
    insert = "INSERT INTO drawdowns VALUES ($1, 'CNY', 100, $2, $3)"
    for reserved, paid in ((101, 0), (60, 41), (-1, 0), (0, -1)):
        with pytest.raises(asyncpg.CheckViolationError):
            await bench.sql.execute(insert, uuid4(), reserved, paid)


@pytest.mark.parametrize("seed", range(6))
async def test_money_is_conserved_over_any_sequence_of_acts(asleep: Bench, seed: int) -> None:
    choose = random.Random(seed)
    lot_id = await asleep.lot()
    for _ in range(STEPS):
        await something(asleep, lot_id, choose)
        await is_conserved(asleep, lot_id)


async def seized_and_given_back(bench: Bench, lot_id: str) -> None:
    """The goods are seized, each payment's case looks, and what was paid comes back."""
    await bench.sql.execute(
        "UPDATE lots SET state = 'SEIZED' WHERE lot_id = $1", UUID(hex=lot_id[4:])
    )
    for payment in (await bench.call("GET", f"/instructions?lot_id={lot_id}")).json()["items"]:
        case, bic = payment["instruction_id"], payment["bank_bic"]
        await attended(bench, case)
        await bench.on_file(bic, "officer-a", "officer-b")
        bank = {"role": "bank_compliance", "party": f"bank:{bic}"}
        path = f"/disputes?instruction_id={case}&open=true"
        for dispute in (await bench.call("GET", path, **bank)).json()["items"]:
            said = {"finding": "RETURNED", "remark": "sent back", "returned_on": f"{today()}"}
            for person in ("officer-a", "officer-b"):
                path = f"/disputes/{dispute['dispute_id']}/resolution"
                answer = await bench.call("POST", path, **bank, subject=person, json=said)
                gone = dispute["disposition"] == "GOODS_GONE"
                assert answer.status_code in ((200, 409) if gone else (409,)), answer.text


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_paid_for_seized_goods_comes_back_whole_whatever_was_said_before(
    asleep: Bench, seed: int
) -> None:
    choose = random.Random(100 + seed)
    lot_id = await asleep.lot()
    for _ in range(STEPS // 2):
        await something(asleep, lot_id, choose)
    await seized_and_given_back(asleep, lot_id)
    await is_conserved(asleep, lot_id)
    kept = (
        "SELECT count(*) FROM settlement_instructions"
        " WHERE lot_id = $1 AND state = 'SETTLED' AND returned_at IS NULL"
    )
    assert await asleep.sql.fetchval(kept, UUID(hex=lot_id[4:])) == 0
    used = "SELECT paid_minor FROM drawdowns WHERE lot_id = $1"
    assert not await asleep.sql.fetchval(used, UUID(hex=lot_id[4:]))
