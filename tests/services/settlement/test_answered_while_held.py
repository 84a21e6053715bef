"""What a bank says of a payment that is held and kept back: its payer reads what he would read of
one that its bank has taken, and nothing of a word that one would have ended by (SET-39, 0156)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest

from services.settlement.domain.messages.payment_status import Status
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.services.settlement.test_disputes import PERSONS, disputes_of, resolve
from tests.services.settlement.test_held_at_taking import held, of_a_seller
from tests.services.settlement.test_listed_before_taking import fetched, let_go
from tests.services.window.conftest import Desk, desk
from tests.support.bench import Bench

__all__ = ["desk"]

Says = Callable[[Offered], Awaitable[httpx2.Response]]
OWN: Final = ("client_reference", "reference", "seller_code")
"""What of two payments is of each its own, beside numbers and times."""
LONG_AGO: Final = date(2020, 1, 6)
_COMPLIANCE: Final = (
    "SELECT w.code FROM case_waits AS w WHERE w.case_id = $1 AND w.desk = $2 ORDER BY w.code"
)


async def long_ago(one: Offered) -> httpx2.Response:
    """It was paid, by a value date long before it was instructed."""
    status = Status(
        original_message=one.message_id[4:],
        original_instruction=one.instruction_id[4:],
        code="ACSC",
        amount=None,
        effective_on=LONG_AGO,
    )
    return await one.client.post(STATUSES, one.report([status]), "application/xml")


DISPUTED: Final[dict[str, Says]] = {
    "AMOUNT_DIFFERS": lambda one: one.answer("ACSC", "7990.00"),
    "CONTRADICTORY": lambda one: one.say((one, "ACSC"), (one, "RJCT")),
    "REASON_UNKNOWN": lambda one: one.answer("RJCT", None, reason="ZZ99"),
    "VALUED_BEFORE": long_ago,
}
"""Words that are disputed of a payment that its bank has taken, too."""
ENDING: Final[dict[str, Says]] = {
    "paid": lambda one: one.answer("ACSC"),
    "rejected": lambda one: one.answer("RJCT", None, reason="AC04"),
    "cancelled": lambda one: one.answer("CANC", None),
}
"""Words that would have ended one that its bank has taken."""


def blurred(value: Any) -> Any:
    """What is read, but for what any payment has of its own; of that, whether it is there."""
    if isinstance(value, list):
        return [blurred(one) for one in value]
    if isinstance(value, str) and value.startswith("seller:"):
        return "seller"
    if not isinstance(value, dict):
        return value
    own = {k for k in value if k in OWN or k.endswith(("_id", "_at", "_s"))}
    return {k: v is not None if k in own else blurred(v) for k, v in value.items()}


async def as_its_payer(bench: Bench, desk: Desk, one: Offered) -> list[Any]:
    """All that its payer reads of a payment, here and at the window."""
    case, group = one.instruction_id, f"group:{bench.group}"
    read = await bench.read(case)
    found = (await bench.call("GET", f"/instructions?lot_id={one.lot_id}")).json()["items"]
    path = f"/window/v1/cases/{case}"
    view, told, of_lot = [
        await desk.get(at, "clerk", group, "DONGXING")
        for at in (path, f"{path}/timeline", f"/window/v1/cases/{one.lot_id}")
    ]
    assert [answer.status_code for answer in (view, told, of_lot)] == [200] * 3
    assert (await bench.call("GET", f"/disputes?instruction_id={case}")).status_code == 403
    shown: list[Any] = blurred([read, found, *(one.json() for one in (view, told, of_lot))])
    return shown


async def both(bench: Bench) -> tuple[Offered, Offered]:
    """A payment that is held at its taking, and one that its bank has taken."""
    one, usual = await of_a_seller(bench), await one_offered(bench)
    await held(bench, one)
    assert (await fetched(usual)).status_code == 200
    return one, usual


async def on_its_desk(bench: Bench, one: Offered) -> list[str]:
    """What a payment waits for on the desk of its bank's compliance."""
    desk = f"bank_compliance:{one.bic}"
    rows = await bench.sql.fetch(_COMPLIANCE, UUID(hex=one.instruction_id[4:]), desk)
    return [row["code"] for row in rows]


@pytest.mark.parametrize("word", DISPUTED)
async def test_a_word_that_is_disputed_of_any_payment_is_told_as_of_one_that_is_taken(
    bench: Bench, desk: Desk, word: str
) -> None:
    payments = await both(bench)
    for one in payments:
        assert (await DISPUTED[word](one)).json()["code"] == word
        assert {found["disposition"] for found in await disputes_of(bench, one)} == {word}
    first, usual = [await as_its_payer(bench, desk, one) for one in payments]
    assert first == usual
    assert "BankStatusDisputed" in str(first)


@pytest.mark.parametrize("word", ENDING)
async def test_of_a_word_that_would_have_ended_it_its_payer_reads_nothing(
    bench: Bench, desk: Desk, word: str
) -> None:
    one, usual = await both(bench)
    assert (await ENDING[word](one)).status_code == 409
    (dispute,) = await disputes_of(bench, one)
    assert dispute["disposition"] == "LATE"
    assert await on_its_desk(bench, one) == ["COMPLIANCE", "HELD_DISPUTE"]
    silent = await as_its_payer(bench, desk, usual)
    assert await as_its_payer(bench, desk, one) == silent
    for person in PERSONS:
        await resolve(bench, one, dispute["dispute_id"], person, "RECORD_STANDS")
        assert await as_its_payer(bench, desk, one) == silent
    assert await on_its_desk(bench, one) == ["COMPLIANCE"]
    assert (await bench.events(one.instruction_id))[-1] == "HeldAnswerResolved"


async def test_its_bank_reads_what_it_said_and_that_it_is_to_be_found_out(
    bench: Bench, desk: Desk
) -> None:
    one, _ = await both(bench)
    await one.answer("ACSC")
    who = ("bank_compliance", f"bank:{one.bic}")
    path = f"/window/v1/cases/{one.instruction_id}"
    waits = {wait["code"] for wait in (await desk.get(path, *who)).json()["missing"]}
    assert waits == {"COMPLIANCE", "HELD_DISPUTE"}
    told = (await desk.get(f"{path}/timeline", *who)).json()["items"][-1]
    assert told["type"] == "HeldAnswerDisputed"
    assert (told["body"]["code"], told["body"]["disposition"]) == ("ACSC", "LATE")


async def test_let_go_and_paid_it_is_done_with_to_its_payer_though_it_is_found_out_yet(
    bench: Bench, desk: Desk
) -> None:
    one, usual = await both(bench)
    await one.answer("ACSC")
    await let_go(bench, one)
    assert await on_its_desk(bench, one) == ["HELD_DISPUTE"]
    assert (await fetched(one)).status_code == 200
    assert await as_its_payer(bench, desk, one) == await as_its_payer(bench, desk, usual)
    for each in (one, usual):
        assert (await each.answer("ACSC")).status_code == 202
    assert await as_its_payer(bench, desk, one) == await as_its_payer(bench, desk, usual)
    assert await on_its_desk(bench, one) == ["HELD_DISPUTE"]


async def test_who_holds_it_a_dispute_that_is_told_says_and_the_other_does_not(
    bench: Bench, desk: Desk
) -> None:
    one, usual = await both(bench)
    await one.answer("ACSC")
    for each in (one, usual):
        await each.answer("ACSC", "7990.00")
    await let_go(bench, one)
    for each in (one, usual):
        assert (await each.answer("ACSC")).status_code == 202
    assert await as_its_payer(bench, desk, one) == await as_its_payer(bench, desk, usual)
    for each in (one, usual):
        (told,) = [
            found
            for found in await disputes_of(bench, each)
            if found["disposition"] == "AMOUNT_DIFFERS"
        ]
        for person in PERSONS:
            await resolve(bench, each, told["dispute_id"], person, "RECORD_STANDS")
    assert await as_its_payer(bench, desk, one) == await as_its_payer(bench, desk, usual)
    assert await on_its_desk(bench, one) == ["HELD_DISPUTE"]


async def test_the_next_payment_of_its_lot_is_held_and_says_nothing_of_it(bench: Bench) -> None:
    one, _ = await both(bench)
    await one.answer("ACSC")
    refused = await bench.sign_hold(one.instruction_id, "officer-a", "refuse")
    assert refused.json()["state"] == "REFUSED"
    again = await bench.start(one.lot_id)
    assert (await bench.inside(again))["held_for"] == ["NAME_HIT", "EARLIER_PAYMENT_ANSWERED"]
    read = await bench.read(again)
    assert (read["state"], read["held_for"]) == ("OFFERED", None)


async def test_once_the_hold_is_told_a_word_is_told_too(bench: Bench) -> None:
    one, _ = await both(bench)
    await bench.sql.execute(
        "UPDATE settlement_instructions SET hold_told_at = now() WHERE instruction_id = $1",
        UUID(hex=one.instruction_id[4:]),
    )
    await one.answer("ACSC")
    assert (await bench.events(one.instruction_id))[-1] == "BankStatusDisputed"
