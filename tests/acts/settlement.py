"""Acts of payers, of banks, and of the persons who sign for a bank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from deploy.sandbox.parties import Party
from services.kernel.money import Money
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from tests.acts.asked import Asked, Builder
from tests.acts.carrying import Follows, carried_to, waiting
from tests.acts.lots import becomes
from tests.acts.market import KYAT_BANK, KYAT_KEY, kyat_bank, kyat_quoted
from tests.support.asleep import Asleep
from tests.support.factory import pass_gate
from tests.support.facts import sold

S: Final = "/settlement/v1"
SELLER: Final = {
    "seller_code": "S-ACTS",
    "name": "Sample Seller of the Acts",
    "country": "VN",
    "bank_bic": "BFTVVNVX",
    "account": "0011002233445",
}


async def firm_quote_locked(asleep: Asleep) -> Asked:
    await kyat_quoted(asleep)
    group = await asleep.harbour.group(1)
    body = {"amount": "10.00", "currency": "CNY", "pay_currency": "MMK"}
    return Asked(
        *("clerk", f"group:{group.code}", f"{S}/firm-quotes"),
        *(body, {**body, "amount": "11.00"}),
        ("FirmQuoteLocked",),
    )


@dataclass(frozen=True)
class Payer:
    """A group with a released lot to pay for."""

    party: str
    clerk: Party
    lot_id: str

    def wish(self, **changes: Any) -> dict[str, Any]:
        """An instruction for the lot's whole value."""
        body = {
            "client_reference": uuid4().hex,
            "lot_id": self.lot_id,
            "amount": "10.00",
            "purpose_code": "GOD",
        }
        return {**body, **changes}


async def payer(asleep: Asleep, **changes: Any) -> Payer:
    await kyat_bank(asleep)
    window = asleep.harbour.window
    await window.on_file("sellers", SELLER)
    lot_id = await asleep.released(**{"seller": SELLER["name"], **changes})
    party = f"group:{(await asleep.harbour.lot(lot_id))['group_code']}"
    return Payer(party, window.parties.act_as("clerk", party), lot_id)


async def instructed(asleep: Asleep) -> Asked:
    pays = await payer(asleep)
    body = pays.wish()
    return Asked(
        *("clerk", pays.party, f"{S}/instructions", body, {**body, "amount": "9.00"}),
        ("SettlementInstructed", "ReleasedValueDrawnDown", "FundsReserved"),
        follows=carried_for(pays, "OFFERED"),
    )


async def instructed_and_held(asleep: Asleep) -> Asked:
    pays = await payer(asleep, seller_bank_bic="ICBVVNVX")
    body = pays.wish()
    return Asked(
        *("clerk", pays.party, f"{S}/instructions", body, {**body, "amount": "9.00"}),
        ("SettlementInstructed", "ReleasedValueDrawnDown", "SettlementHeld"),
        follows=carried_for(pays, "HELD"),
    )


def carried_for(pays: Payer, state: str) -> Follows:
    """The one payment of a payer is carried in a state."""

    async def until(asleep: Asleep) -> object:
        (payment,) = (await pays.clerk.get(f"{S}/instructions"))["items"]
        return await carried_to(payment["instruction_id"], state)(asleep)

    return until


def hold_signed(
    act: str, other: str, *events: str, signed: int = 0, then: str | None = None
) -> Builder:
    """A person of compliance signs a payment whose bank is not the one that was declared.

    ``signed`` persons have signed its release before; ``then`` its case goes on.
    """

    async def asked(asleep: Asleep) -> Asked:
        pays = await payer(asleep, seller_bank_bic="ICBVVNVX")
        payment = await pays.clerk.post(f"{S}/instructions", pays.wish())
        bank, case = f"bank:{payment['bank_bic']}", payment["instruction_id"]
        path, parties = f"{S}/instructions/{case}/compliance", asleep.harbour.window.parties
        for _ in range(signed):
            before = parties.act_as(
                "bank_compliance", bank, subject=await signatory_filed(asleep, bank)
            )
            await before.post(path, {"act": "release", "remark": "seen"})
        if then is not None:
            await waiting(asleep, case, "HELD")
        return Asked(
            *("bank_compliance", bank, path),
            {"act": act, "remark": "seen"},
            {"act": other, "remark": "seen"},
            events,
            subject=await signatory_filed(asleep, bank),
            follows=None if then is None else carried_to(case, then),
        )

    return asked


async def signatory_filed(asleep: Asleep, bank: str, duty: str = "compliance") -> str:
    """A person of a bank, on file in a duty; the subject."""
    row = {"party": bank, "subject": f"signs-{uuid4().hex[:12]}", "duty": duty}
    await asleep.harbour.window.on_file("signatories", row)
    return row["subject"]


async def name_listed(asleep: Asleep) -> Asked:
    """Of somebody whom no payment here touches."""
    body = {
        "list_name": "SAMPLE-LIST",
        "reference": uuid4().hex,
        "kind": "NAME",
        "value": f"Nobody {uuid4().hex}",
    }
    return Asked(
        *("bank_compliance", f"bank:{KYAT_BANK}", f"{S}/screening-entries"),
        *(body, {**body, "value": "Nobody else"}),
        ("ScreeningEntryAdded",),
    )


def entry_ended(*events: str, signed: int = 0) -> Builder:
    """A person of compliance signs that an entry ends; ``signed`` persons have before."""

    async def asked(asleep: Asleep) -> Asked:
        await kyat_bank(asleep)
        bank, parties = f"bank:{KYAT_BANK}", asleep.harbour.window.parties
        first = parties.act_as("bank_compliance", bank, subject=await signatory_filed(asleep, bank))
        listed = await name_listed(asleep)
        entry = await first.post(listed.path, listed.body)
        path, body = f"{listed.path}/{entry['entry_id']}/ending", {"remark": "taken off"}
        for _ in range(signed):
            await first.post(path, body)
        return Asked(
            *("bank_compliance", bank, path, body, {"remark": "another"}, events),
            subject=await signatory_filed(asleep, bank),
        )

    return asked


@dataclass(frozen=True)
class Offered:
    """A payment in kyat that waits for the word of its bank."""

    lot_id: str
    case: str
    message_id: str
    paid: Money

    def report(self, code: str) -> bytes:
        """The bank's word on it, as a message of its own."""
        rejected = code == "RJCT"
        status = Status(
            original_message=self.message_id.removeprefix("msg_"),
            original_instruction=self.case.removeprefix("stl_"),
            code=code,
            amount=None if rejected else self.paid,
            reason="AC04" if rejected else None,
        )
        return payment_status.built(
            message_ref=uuid4().hex,
            created_at=datetime.now(UTC),
            from_bic=KYAT_BANK,
            statuses=[status],
        )


async def offered(asleep: Asleep) -> Offered:
    """A lot's payment, offered to the bank whose key is known here."""
    bank, pays = await kyat_quoted(asleep), await payer(asleep)
    wish = {"amount": "10.00", "pay_currency": "MMK"}
    quote = await pays.clerk.post(f"{S}/firm-quotes", wish)
    wish["firm_quote_id"] = quote["quote_id"]
    case = (await pays.clerk.post(f"{S}/instructions", pays.wish(**wish)))["instruction_id"]
    listed = (await bank.get(f"{S}/bank/messages", limit="200")).json()["items"]
    (own,) = (message for message in listed if message["instruction_id"] == case)
    paid = Money.parse(own["amount"]["amount"], own["amount"]["currency"])
    return Offered(pays.lot_id, case, own["message_id"], paid)


def reported(payment: Offered, code: str, other: str, event: str) -> Asked:
    """A bank says what became of a payment; under the same key nothing else is taken for it."""
    return Asked(
        *("bank", f"bank:{KYAT_BANK}", f"{S}/bank/statuses"),
        *(payment.report(code), payment.report(other)),
        (event,),
        signs_with=KYAT_KEY,
    )


async def paid_last(asleep: Asleep) -> Asked:
    """The lot is out and sold: with its payment it is closed."""
    payment = await offered(asleep)
    await pass_gate(asleep.harbour.window, payment.lot_id, asleep.harbour.gate)
    await sold(asleep.sql, payment.lot_id)
    await asleep.attended(payment.lot_id)
    return replace(
        reported(payment, "ACSC", "RJCT", "PaymentSettled"),
        carrying_out="PAYMENT",
        lot_id=payment.lot_id,
        follows=becomes(payment.lot_id, "CLOSED"),
    )


def bank_said(code: str, other: str, event: str, then: str | None = None) -> Builder:
    """The bank's word while its case waits for it; ``then`` that goes on."""

    async def asked(asleep: Asleep) -> Asked:
        payment = await offered(asleep)
        said = reported(payment, code, other, event)
        if then is None:
            return said
        await waiting(asleep, payment.case, "OFFERED")
        return replace(said, follows=carried_to(payment.case, then))

    return asked


async def cancelled(asleep: Asleep) -> Asked:
    """A payment whose bank has not taken its message."""
    payment = await offered(asleep)
    party = f"group:{(await asleep.harbour.lot(payment.lot_id))['group_code']}"
    path = f"{S}/instructions/{payment.case}/cancellation"
    await waiting(asleep, payment.case, "OFFERED")
    return Asked(
        *("clerk", party, path, {}, {}, ("SettlementCancelled",)),
        follows=carried_to(payment.case, "CANCELLED"),
    )


def by_hand(code: str) -> dict[str, Any]:
    """What a form says, but for the payment."""
    return {"code": code} | ({"reason_code": "AC04"} if code == "RJCT" else {})


async def entered(asleep: Asleep) -> Asked:
    """A person of the bank says by hand that a payment was made; on the answer and the payment.

    Who answers has taken the message by that.
    """
    waits = await offered(asleep)
    bank, body = f"bank:{KYAT_BANK}", {"instruction_id": waits.case, **by_hand("ACSC")}
    return Asked(
        *("bank", bank, f"{S}/answers"),
        *(body, {**body, "code": "ACSP"}),
        ("PaymentMessageTaken", "BankAnswerEntered", "BankAnswerEntered"),
        subject=await signatory_filed(asleep, bank, "answers"),
    )


async def file_entered(asleep: Asleep) -> Asked:
    """A person of the bank hands in what its system has written."""
    waits, bank = await offered(asleep), f"bank:{KYAT_BANK}"
    return Asked(
        *("bank", bank, f"{S}/answers/files"),
        *(waits.report("ACSC"), waits.report("RJCT")),
        ("PaymentMessageTaken", "BankAnswerEntered", "BankAnswerEntered"),
        subject=await signatory_filed(asleep, bank, "answers"),
    )


def hand_answer_ended(way: str, code: str, *events: str, then: str | None = None) -> Builder:
    """Another person of the bank confirms what was entered, or takes it back."""

    async def asked(asleep: Asleep) -> Asked:
        waits, bank = await offered(asleep), f"bank:{KYAT_BANK}"
        first = await signatory_filed(asleep, bank, "answers")
        enters = asleep.harbour.window.parties.act_as("bank", bank, subject=first)
        body = {"instruction_id": waits.case, **by_hand(code)}
        answer = await enters.post(f"{S}/answers", body)
        if then is not None:
            await waiting(asleep, waits.case, "OFFERED")
        return Asked(
            *("bank", bank, f"{S}/answers/{answer['answer_id']}/{way}", {}, {"again": True}),
            events,
            subject=await signatory_filed(asleep, bank, "answers"),
            follows=None if then is None else carried_to(waits.case, then),
        )

    return asked


_CONFIRMED: Final = "BankAnswerConfirmed"
"""On its payment, and in the answer's own chain."""
ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {S}/firm-quotes": (firm_quote_locked,),
    f"POST {S}/instructions": (instructed, instructed_and_held),
    f"POST {S}/instructions/{{instruction_id}}/compliance": (
        hold_signed("release", "refuse", "SettlementReleaseSigned"),
        hold_signed(
            *("release", "refuse", "SettlementCleared", "FundsReserved"), signed=1, then="OFFERED"
        ),
        hold_signed("refuse", "release", "SettlementRefused", then="REFUSED"),
    ),
    f"POST {S}/answers": (entered,),
    f"POST {S}/answers/files": (file_entered,),
    f"POST {S}/answers/{{answer_id}}/confirmation": (
        hand_answer_ended(
            *("confirmation", "ACSC", _CONFIRMED, "PaymentSettled", _CONFIRMED), then="SETTLED"
        ),
        hand_answer_ended(
            *("confirmation", "RJCT", _CONFIRMED, "PaymentRejected", _CONFIRMED), then="REJECTED"
        ),
    ),
    f"POST {S}/answers/{{answer_id}}/withdrawal": (
        hand_answer_ended("withdrawal", "ACSC", *2 * ("BankAnswerWithdrawn",)),
    ),
    f"POST {S}/instructions/{{instruction_id}}/cancellation": (cancelled,),
    f"POST {S}/screening-entries": (name_listed,),
    f"POST {S}/screening-entries/{{entry_id}}/ending": (
        entry_ended("ScreeningEntryEnding"),
        entry_ended("ScreeningEntryEnded", signed=1),
    ),
    f"POST {S}/bank/statuses": (
        paid_last,
        bank_said("ACSC", "RJCT", "PaymentSettled", then="SETTLED"),
        bank_said("RJCT", "ACSC", "PaymentRejected", then="REJECTED"),
        bank_said("ACSP", "ACSC", "BankStatusCarriedOut"),
    ),
}
