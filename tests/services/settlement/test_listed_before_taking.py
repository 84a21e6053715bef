"""Who is listed after a payment was offered is seen before its bank takes the message (SET-39)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.services.settlement.test_attending import attended
from tests.support.bench import API, Bench
from tests.support.on_file import seller_filed

TOLD = ("state", "version", "offered_at", "escalated_at", "ended_at", "held_for", "hits")


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A payment that waits for its bank, to a seller whom no list has."""
    seller = f"Not Yet Listed {uuid4().hex}"
    await seller_filed(bench.sql, seller)
    return await one_offered(bench, seller=seller)


async def listed(bench: Bench, offered: Offered) -> str:
    """Its seller is put on every bank's list; the name."""
    code = (await bench.read(offered.instruction_id))["seller_code"]
    name = await bench.sql.fetchval("SELECT name FROM sellers WHERE seller_code = $1", code)
    await bench.list_name(name)
    return str(name)


async def fetched(offered: Offered) -> httpx2.Response:
    """Its bank's system takes the message."""
    return await offered.client.get(f"{API}/bank/messages/{offered.message_id}")


async def waiting(offered: Offered) -> list[str]:
    """Which payments wait for its bank, as far as it is asked about this one."""
    found = (await offered.client.get(f"{API}/bank/messages?limit=200")).json()["items"]
    return [one["state"] for one in found if one["instruction_id"] == offered.instruction_id]


async def let_go(bench: Bench, offered: Offered) -> None:
    for person, state in (("officer-a", "HELD"), ("officer-b", "OFFERED")):
        signed = await bench.sign_hold(offered.instruction_id, person)
        assert (signed.status_code, signed.json()["state"]) == (200, state)


async def told(bench: Bench, offered: Offered) -> dict[str, Any]:
    """What its payer reads."""
    read = await bench.read(offered.instruction_id)
    return {name: read[name] for name in TOLD}


async def test_who_is_listed_before_its_bank_takes_it_holds_the_payment(
    bench: Bench, offered: Offered
) -> None:
    before = await told(bench, offered)
    await listed(bench, offered)
    for _ in range(2):
        refused = await fetched(offered)
        assert (refused.status_code, refused.json()["code"]) == (409, "HELD_ANEW")
    assert await waiting(offered) == []
    now = await bench.inside(offered.instruction_id)
    assert (now["state"], now["held_for"]) == ("HELD", ["NAME_HIT"])
    assert [hit["role"] for hit in now["hits"]] == ["seller"]
    # The funds stay reserved, and its payer reads of a payment that its bank has taken.
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert await told(bench, offered) == before
    back = await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation")
    assert (back.status_code, back.json()["code"]) == (409, "WITH_THE_BANK")


async def test_what_two_let_go_is_handed_out_and_paid_once(bench: Bench, offered: Offered) -> None:
    before = await told(bench, offered)
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 409
    await let_go(bench, offered)
    assert await waiting(offered) == ["OFFERED"]
    first, again = await fetched(offered), await fetched(offered)
    assert (first.status_code, first.content) == (200, again.content)
    assert await told(bench, offered) == before
    paid = await offered.client.post(STATUSES, offered.xml("ACSC"), "application/xml")
    assert paid.status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_what_was_let_go_is_held_for_the_next_name_too(
    bench: Bench, offered: Offered
) -> None:
    for _ in range(2):
        await listed(bench, offered)
        assert (await fetched(offered)).status_code == 409
        await let_go(bench, offered)
    assert (await fetched(offered)).status_code == 200
    # What its bank has is its bank's, whoever is listed afterwards.
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 200


async def test_what_is_refused_then_gives_back_what_was_reserved(
    bench: Bench, offered: Offered
) -> None:
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 409
    refused = await bench.sign_hold(offered.instruction_id, "officer-a", "refuse")
    assert refused.json()["state"] == "REFUSED"
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    assert await bench.drawn(offered.lot_id) == 0
    assert (await fetched(offered)).status_code == 404


async def test_once_it_is_told_its_payer_takes_it_back_and_nothing_stays_reserved(
    bench: Bench, offered: Offered
) -> None:
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 409
    await bench.sql.execute(
        "UPDATE settlement_instructions SET hold_told_at = now() WHERE instruction_id = $1",
        UUID(hex=offered.instruction_id[4:]),
    )
    assert (await bench.read(offered.instruction_id))["state"] == "HELD"
    back = await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation")
    assert back.json()["state"] == "CANCELLED"
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    # What this bank's screening held no other bank pays without two persons (SET-28).
    held_by = await bench.sql.fetchval(
        "SELECT held_for FROM settlement_instructions WHERE instruction_id = $1 AND"
        " offered_at IS NULL",
        UUID(hex=offered.instruction_id[4:]),
    )
    assert held_by == ["NAME_HIT"]


async def test_whoever_carries_it_out_by_hand_is_stopped_alike(
    bench: Bench, offered: Offered
) -> None:
    await bench.on_file(offered.bic, "by-hand", duty="answers")
    who = {"role": "bank", "party": f"bank:{offered.bic}", "subject": "by-hand"}
    await listed(bench, offered)
    word = {"instruction_id": offered.instruction_id, "code": "ACSP"}
    entered = await bench.call("POST", "/answers", json=word, **who)
    assert (entered.status_code, entered.json()["code"]) == (409, "HELD_ANEW")
    taken = await bench.call("GET", f"/instructions/{offered.instruction_id}/message", **who)
    assert (taken.status_code, taken.json()["code"]) == (409, "HELD_ANEW")
    await let_go(bench, offered)
    await listed(bench, offered)
    taken = await bench.call("GET", f"/instructions/{offered.instruction_id}/message", **who)
    assert (taken.status_code, taken.json()["code"]) == (409, "HELD_ANEW")
    await let_go(bench, offered)
    assert (await bench.call("POST", "/answers", json=word, **who)).status_code == 201


async def test_its_bank_and_its_payer_at_once_find_one_end(bench: Bench, offered: Offered) -> None:
    await listed(bench, offered)
    path = f"/instructions/{offered.instruction_id}/cancellation"
    answers = await asyncio.gather(
        *(fetched(offered) for _ in range(4)), bench.call("POST", path), fetched(offered)
    )
    state = (await bench.inside(offered.instruction_id))["state"]
    codes = {answer.status_code for answer in answers}
    assert (state, codes) in (("HELD", {409}), ("CANCELLED", {200, 404}))
    events = await bench.events(offered.instruction_id)
    assert events.count("SettlementHeldAnew") == (state == "HELD")


async def test_who_else_is_listed_holds_nothing(bench: Bench, offered: Offered) -> None:
    await bench.list_name(f"Somebody Else {uuid4().hex}")
    assert (await fetched(offered)).status_code == 200
    events = await bench.events(offered.instruction_id)
    assert events.count("PaymentMessageTaken") == 1
    assert "SettlementHeldAnew" not in events


async def test_its_case_waits_for_compliance_and_goes_on(bench: Bench, offered: Offered) -> None:
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 409
    stands = await attended(bench, offered.instruction_id)
    assert (stands.state, stands.ended, stands.look_at) == ("HELD", False, None)
    await let_go(bench, offered)
    assert (await attended(bench, offered.instruction_id)).state == "OFFERED"
