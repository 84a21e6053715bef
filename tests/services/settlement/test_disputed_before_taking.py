"""A declaration is paid once: while another payment of its lot is disputed, none goes out that
nobody has let go for all that (SET-40)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.test_attending import attended
from tests.services.settlement.test_disputes import PERSONS, disputes_of, resolve
from tests.services.settlement.test_listed_before_taking import fetched, let_go, waiting
from tests.support.bench import Bench
from tests.support.on_file import seller_filed

DISPUTED = "EARLIER_PAYMENT_DISPUTED"


@pytest.fixture
async def first(bench: Bench) -> Offered:
    """A payment that its bank has refused."""
    seller = f"Not Yet Listed {uuid4().hex}"
    await seller_filed(bench.sql, seller)
    offered = await one_offered(bench, seller=seller)
    assert (await offered.answer("RJCT", None, reason="AC04")).status_code == 202
    return offered


async def again(bench: Bench, first: Offered) -> Offered:
    """The next payment of the same lot."""
    case = await bench.read(await bench.start(first.lot_id))
    return Offered(bench, case, f"msg_{case['instruction_id'][4:]}")


async def disputed(bench: Bench, first: Offered) -> dict[str, Any]:
    """Its bank says after all that it has paid the first."""
    assert (await first.answer("ACSC")).status_code == 409
    (found,) = await disputes_of(bench, first)
    return found


async def found_to_be(bench: Bench, first: Offered, dispute: dict[str, Any], what: str) -> None:
    for person in PERSONS:
        answer = await resolve(bench, first, dispute["dispute_id"], person, what)
        assert answer.status_code == 200, answer.text


async def test_what_was_instructed_before_the_dispute_is_held_when_its_bank_would_take_it(
    bench: Bench, first: Offered
) -> None:
    second = await again(bench, first)
    await disputed(bench, first)
    for _ in range(2):
        refused = await fetched(second)
        assert refused.status_code == 409
        (why,) = refused.json()["errors"]
        assert (why["code"], why["rule"]) == ("HELD_ANEW", "SET-40")
    assert await waiting(second) == []
    now = await bench.inside(second.instruction_id)
    assert (now["state"], now["held_for"], now["hits"]) == ("HELD", [DISPUTED], [])
    body = await bench.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1 AND type = 'SettlementHeldAnew'",
        UUID(hex=second.instruction_id[4:]),
    )
    assert json.loads(body)["rules"] == ["SET-19", "SET-40"]
    assert await bench.ledger(second.instruction_id) == ["RESERVE"]
    # Two who know of it may let it go all the same.
    await let_go(bench, second)
    assert (await fetched(second)).status_code == 200


async def test_what_was_let_go_for_a_dispute_is_held_when_it_is_found_that_it_was_paid(
    bench: Bench, first: Offered
) -> None:
    second = await again(bench, first)
    dispute = await disputed(bench, first)
    assert (await fetched(second)).status_code == 409
    await let_go(bench, second)
    await found_to_be(bench, first, dispute, "PAID_OUTSIDE")
    assert (await fetched(second)).status_code == 409
    refused = await bench.sign_hold(second.instruction_id, "officer-a", "refuse")
    assert (refused.status_code, refused.json()["state"]) == (200, "REFUSED")
    assert await bench.ledger(second.instruction_id) == ["RESERVE", "VOID"]


async def test_a_dispute_that_ended_as_the_record_stands_holds_nothing(
    bench: Bench, first: Offered
) -> None:
    second = await again(bench, first)
    await found_to_be(bench, first, await disputed(bench, first), "RECORD_STANDS")
    assert (await fetched(second)).status_code == 200


async def test_a_signature_of_before_the_dispute_lets_nothing_go(
    bench: Bench, first: Offered
) -> None:
    name = await bench.sql.fetchval(
        "SELECT s.name FROM sellers AS s JOIN settlement_instructions AS i USING (seller_code)"
        " WHERE i.instruction_id = $1",
        UUID(hex=first.instruction_id[4:]),
    )
    await bench.list_name(name)
    second = await again(bench, first)
    assert (await bench.inside(second.instruction_id))["held_for"] == ["NAME_HIT"]
    assert (await bench.sign_hold(second.instruction_id, "officer-a")).status_code == 200
    await disputed(bench, first)
    anew = await bench.sign_hold(second.instruction_id, "officer-b")
    assert (anew.status_code, anew.json()["code"]) == (409, "HELD_ANEW")
    held = await bench.inside(second.instruction_id)
    assert set(held["held_for"]) == {"NAME_HIT", DISPUTED}
    await let_go(bench, second)
    assert (await fetched(second)).status_code == 200


async def test_what_its_bank_has_taken_is_its_banks(bench: Bench, first: Offered) -> None:
    second = await again(bench, first)
    assert (await fetched(second)).status_code == 200
    await disputed(bench, first)
    assert (await fetched(second)).status_code == 200


async def test_a_dispute_of_another_lot_holds_nothing(bench: Bench, first: Offered) -> None:
    other = await one_offered(bench)
    await disputed(bench, first)
    assert (await fetched(other)).status_code == 200
    await attended(bench, other.instruction_id)
