"""Payments to sellers across the border, up to the stage at which they are left to wait."""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from deploy.sandbox.parties import Unexpected, key_of
from deploy.sandbox.payment import instructed
from deploy.sandbox.world.control import released, seized_after_all
from deploy.sandbox.world.lots import Lot, became
from deploy.sandbox.world.stage import Stage
from deploy.sandbox.world.trade import let_out, out, weighed_in
from services.kernel.money import Money
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status

_S: Final = "/settlement/v1"


async def paying(stage: Stage, lot: Lot) -> dict[str, Any]:
    """The clerk locks a price and instructs the whole value of a lot."""
    currency = stage.taken.port.currency
    reference = f"SAMPLE-PAY-{stage.taken.number}"
    payment = await instructed(
        stage.clerk, lot.lot_id, lot.body["value"], reference, pay_currency=currency
    )
    stage.mark.learn("payments", {stage.name: payment["instruction_id"]})
    return payment


async def waits_for_bank(stage: Stage) -> None:
    """Out, and its payment waits at the bank."""
    payment = await paying(stage, await out(stage))
    stage.roll.waits(f"bank:{payment['bank_bic']}", "answer_payment")


async def bank_is_working(stage: Stage) -> None:
    """The bank has said that it is working on it."""
    await said(stage, await paying(stage, await released(stage)), "ACSP")


async def held(stage: Stage) -> None:
    """Something about the seller is doubtful: the bank's compliance has to decide."""
    payment = await paying(stage, await released(stage))
    # Its payer is told of it late.
    path = f"{_S}/instructions/{payment['instruction_id']}"
    seen = await stage.compliance(payment["bank_bic"], 1).get(path)
    if seen["state"] != "HELD":
        raise Unexpected(f"{payment['instruction_id']} was not held")
    for number in (1, 2):
        stage.roll.waits(f"{payment['bank_bic']}-compliance-{number}", "compliance")


async def half_cleared(stage: Stage) -> None:
    """Held; one person of compliance has signed its release, the other has not."""
    payment = await paying(stage, await released(stage))
    path = f"{_S}/instructions/{payment['instruction_id']}"
    signature = {"act": "release", "remark": "样本：合同与提单已核"}
    await stage.compliance(payment["bank_bic"], 2).sign(path, "compliance", signature)
    stage.roll.waits(f"{payment['bank_bic']}-compliance-1", "compliance")


async def refused_by_compliance(stage: Stage) -> None:
    """Held, and compliance has refused it."""
    payment = await paying(stage, await released(stage))
    path = f"{_S}/instructions/{payment['instruction_id']}"
    signature = {"act": "refuse", "remark": "样本：同名无法排除"}
    await stage.compliance(payment["bank_bic"], 1).sign(path, "compliance", signature)


async def bank_rejected(stage: Stage) -> None:
    """The bank has refused: the account does not exist."""
    await said(stage, await paying(stage, await released(stage)), "RJCT", reason="AC03")


async def disputed(stage: Stage) -> None:
    """The bank reports another sum than was instructed: a dispute that two must resolve."""
    await said(stage, await paying(stage, await released(stage)), "ACSC", too_much=100)


async def blocked(stage: Stage) -> None:
    """The bank has blocked the money."""
    await said(stage, await paying(stage, await released(stage)), "BLCK")


async def settled(stage: Stage) -> None:
    """Paid; the truck still stands at the gate."""
    await said(stage, await paying(stage, await released(stage)), "ACSC")


async def paid_and_seized(stage: Stage) -> None:
    """Paid, then called in and seized: somebody must find what becomes of the money."""
    lot = await released(stage)
    await said(stage, await paying(stage, lot), "ACSC")
    await seized_after_all(stage, lot)


async def closed(stage: Stage, *, days_ago: int = 0) -> None:
    """Out, sold, received by the factory and paid."""
    lot = await released(stage, days_ago=days_ago)
    await let_out(stage, lot)
    await weighed_in(stage, lot)
    await said(stage, await paying(stage, lot), "ACSC")
    await became(stage, lot, "CLOSED")


async def own_use(stage: Stage, *, days_ago: int = 0) -> None:
    """Goods for own use, out and paid: there is nothing to sell."""
    lot = await released(stage, days_ago=days_ago, purpose="OWN_USE")
    await let_out(stage, lot)
    await said(stage, await paying(stage, lot), "ACSC")
    await became(stage, lot, "CLOSED")


async def said(
    stage: Stage,
    payment: dict[str, Any],
    code: str,
    *,
    reason: str | None = None,
    too_much: int = 0,
) -> None:
    """The bank fetches the message and reports what became of the payment.

    ``too_much``: by so much, in the smallest unit, the sum it reports is not what was instructed.
    """
    bank, case = stage.bank(payment["bank_bic"]), payment["instruction_id"]
    message = await _message(stage, payment)
    if message is None:
        return
    await bank.get(f"{_S}/bank/messages/{message['message_id']}")
    sum_ = Money.parse(message["amount"]["amount"], message["amount"]["currency"])
    status = Status(
        original_message=message["message_id"].removeprefix("msg_"),
        original_instruction=case.removeprefix("stl_"),
        code=code,
        amount=None if code == "RJCT" else Money(sum_.minor + too_much, sum_.currency),
        reason=reason,
        bank_reference=f"SAMPLE-{stage.taken.number}",
    )
    key = key_of(f"{stage.parties.step}", case, {"code": code})
    report = payment_status.built(
        message_ref=uuid5(NAMESPACE_URL, key).hex,
        created_at=stage.began,
        from_bic=bank.bic,
        statuses=[status],
    )
    answer = await bank.post(f"{_S}/bank/statuses", report, "application/xml", idempotency_key=key)
    # What cannot be booked is refused and kept: that is the dispute.
    if answer.status_code >= 400 and not (too_much and answer.status_code == 409):
        raise Unexpected(f"a bank's report: {answer.status_code} {answer.text[:400]}")


async def _message(stage: Stage, payment: dict[str, Any]) -> dict[str, Any] | None:
    """The message of a payment, which waits for its bank; None once the bank has answered it."""
    bank = stage.bank(payment["bank_bic"])
    answer = await bank.get(f"{_S}/bank/messages", limit="200")
    answer.raise_for_status()
    waiting: list[dict[str, Any]] = answer.json()["items"]
    case = payment["instruction_id"]
    return next((item for item in waiting if item["instruction_id"] == case), None)
