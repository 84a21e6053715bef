"""What a bank says of a payment is told by stream and webhook as by the timeline: no screening."""

from __future__ import annotations

from typing import Any

import pytest

from services.kernel.events import Event, MoneyBody
from services.settlement.domain.events import (
    BankStatusCarriedOut,
    BankStatusDisputed,
    PaymentRejected,
)
from services.settlement.domain.rules.telling import reason_told
from services.window.domain.rules.disclosure import disclosed, is_shown
from tests.services.window.conftest import Desk
from tests.services.window.programmer import Programmer, deliver
from tests.services.window.test_disclosure import CONCERNED, viewer
from tests.services.window.test_streams import Streaming, streaming
from tests.support.receiver import Receiver

__all__ = ["streaming"]
WORDS = ("ON SANCTIONS LIST 7", "RR04", "FRAD", "BLCK")


def rejected(reason: str) -> PaymentRejected:
    return PaymentRejected(
        code="RJCT",
        report_id="r",
        transaction_id="led_1",
        amount=MoneyBody(amount="1.00", currency="CNY"),
        reason=reason,
        reason_told=reason_told(reason),
    )


def said() -> list[Event]:
    """Each as a bank says it of a payment that it screens."""
    return [
        BankStatusCarriedOut(code="BLCK", report_id="r"),
        BankStatusDisputed(code="BLCK", report_id="r", disposition="AMOUNT_DIFFERS"),
        *map(rejected, WORDS[:-1]),
    ]


def stands(told: Any) -> list[str]:
    """The words of a screening that are in it."""
    return [word for word in WORDS if word in str(told)]


@pytest.mark.parametrize("kind", (*(k for k in CONCERNED if k != "bank"), "officer"))
def test_why_a_bank_stopped_a_payment_is_told_its_bank_and_auditors(kind: str) -> None:
    for event in said():
        body = event.model_dump(mode="json")
        assert not stands(disclosed(type(event).__name__, body, party_kind=kind))
        assert stands(disclosed(type(event).__name__, body, party_kind="bank"))
    assert not is_shown("SettlementEscalated", "bank:B", viewer(kind))
    told = disclosed("PaymentRejected", rejected("AM04").model_dump(mode="json"), party_kind=kind)
    assert told["reason_told"] == "AM04"


async def test_a_webhook_says_of_it_what_the_timeline_says(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    case = await programmer.lot()
    for number, event in enumerate(said()):
        await desk.say(case, event, step=f"said:{number}")
    await deliver(desk)
    bodies = [told["data"] for told in receiver.told]
    assert [body.get("reason_told") for body in bodies] == [None, None, *["MS03"] * 3]
    assert not stands(receiver.told)


async def test_a_stream_says_of_it_what_the_timeline_says(streaming: Streaming) -> None:
    case = await streaming.desk.file_lot(silent=True)
    for number, event in enumerate(said()):
        await streaming.desk.say(case, event, step=f"said:{number}")
    async with streaming.open(f"/window/v1/cases/{case}/stream") as reader:
        told = [await reader.message() for _ in said()]
    assert [one["event"] for one in told][-1] == "PaymentRejected"
    assert not stands(told)
