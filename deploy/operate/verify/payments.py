"""What is compared of payments, of the prices they are made at and of what their banks say."""

from __future__ import annotations

from typing import Any, Final

from deploy.operate.verify.kept import (
    UNSAID,
    WHEN,
    Column,
    Kept,
    Said,
    amount,
    becomes,
    currency,
    decimal,
    fixed,
    instant,
    own_id,
    plain,
    sealed,
    when,
    who,
)
from services.kernel.pairs import pair_between
from services.settlement.domain.rules.screening import SCREENED_AT_TAKING
from services.settlement.domain.worded import STATUS

_INSTRUCTIONS: Final = Kept(
    "settlement_instructions",
    "v_settlements",
    "instruction_id",
    "stl",
    {
        "SettlementInstructed": (
            own_id("lot_id"),
            amount("amount"),
            amount("paid", "gets"),
            currency("currency", "amount"),
            currency("paid_currency", "gets"),
            plain("bank_bic"),
            becomes("returned_at", False, by="lot_id"),
            who("instructed_by"),
            *map(when, ("requested_at", "offered_at")),
            becomes("ended_at", None, by=WHEN),
        ),
        **{
            event: (becomes("offered_at", None, by=WHEN),)
            for event in ("SettlementHeld", "SettlementHeldAnew")
        },
        "SettlementCleared": (when("offered_at"),),
        **{
            event: (when("ended_at"),)
            for event in (
                *("SettlementRefused", "SettlementCancelled"),
                *("PaymentSettled", "PaymentRejected"),
            )
        },
        "PaymentReturned": (
            becomes("returned_at", True, by="transaction_id"),
            plain("returned_on"),
        ),
    },
)
_ASKED: Final = Kept(
    "settlement_instructions",
    "v_settlements_as_instructed",
    "instruction_id",
    "stl",
    {
        "SettlementInstructed": (plain("purpose_code"), own_id("firm_quote_id")),
        "SettlementHeld": (plain("held_for", "reasons"),),
        "SettlementHeldAnew": (plain("held_for", "reasons"),),
        **{
            event: (plain("bank_status", "code"),)
            for event in ("BankStatusCarriedOut", "PaymentSettled", "PaymentRejected")
        },
    },
)
_SIGNATURES: Final = Kept(
    "compliance_signatures",
    "v_compliance_signatures",
    "instruction_id",
    "stl",
    {
        "SettlementReleaseSigned": (
            Column("released_by", "person", lambda person, _: [person], below="person"),
        ),
        "SettlementCleared": (plain("released_by", below="person"),),
        "SettlementRefused": (plain("refused_by", below="person"),),
    },
    gone=("SettlementHeldAnew",),
    opens=("SettlementReleaseSigned", "SettlementRefused"),
)
_DISPUTES: Final = Kept(
    "bank_disputes",
    "v_bank_disputes",
    "instruction_id",
    "stl",
    {
        **{
            event: (
                plain("disposition"),
                when("opened_at"),
                becomes("resolved_at", False, by="code"),
            )
            for event in ("BankStatusDisputed", "HeldAnswerDisputed")
        },
        "PaymentGoodsGone": (
            plain("disposition"),
            when("opened_at"),
            becomes("resolved_at", False, by="disposition"),
        ),
        "BankDisputeSigned": (
            *map(plain, ("finding", "returned_on")),
            plain("signed_by", "person"),
        ),
        **{
            event: (plain("finding"), becomes("resolved_at", True, by="finding"))
            for event in ("BankDisputeResolved", "HeldAnswerResolved")
        },
    },
    among="dispute_id",
    named="dsp",
    opens=("BankStatusDisputed", "HeldAnswerDisputed"),
)
_WORDS: Final = (
    "BankStatusCarriedOut",
    "PaymentSettled",
    "PaymentRejected",
    "BankStatusDisputed",
    "HeldAnswerDisputed",
)
"""What is recorded of a line of a bank's report."""
_STATUSES: Final = Kept(
    "bank_statuses",
    "v_bank_statuses",
    "instruction_id",
    "stl",
    {event: (sealed("status", *STATUS),) for event in _WORDS},
    among=("report_id", "line_no"),
    opens=_WORDS,
    by="report_id",
    spoken=False,
)
_REPORTS: Final = Kept(
    "bank_reports",
    "v_bank_statuses",
    "instruction_id",
    "stl",
    {
        event: (plain("digest", "report"), becomes("carried_out_at", True, by="line_no"))
        for event in _WORDS
    },
    among=("report_id", "line_no"),
    opens=_WORDS,
    by="report_id",
    spoken=False,
)
_AS_TAKEN: Final = Kept(
    "settlement_instructions",
    "v_settlements_as_instructed",
    "instruction_id",
    "stl",
    {
        "SettlementInstructed": (
            becomes("hold_told_at", False, by="lot_id"),
            becomes("first_offered_at", False, by="lot_id"),
        ),
        "SettlementHeld": (
            becomes("as_taken_at", False, by="as_taken"),
            instant("hold_told_at", "told_at", by="reasons"),
        ),
        "SettlementHeldAnew": (
            instant("hold_told_at", "told_at", by="reasons"),
            instant("first_offered_at", by="reasons"),
        ),
        "HeldPaymentAsTaken": (becomes("as_taken_at", True, by="bank_bic"),),
    },
    spoken=False,
)
_WITHDRAWN: Final = ("withdrawn_at", "closed_at")
_OFFERED: Final = (
    when("offered_at"),
    *(becomes(name, None, by=WHEN) for name in _WITHDRAWN),
)
"""What is offered waits for its bank, and is screened anew for whoever is listed from then on."""


def _held_at_taking(before: Any, now: Any, body: Said) -> Any:
    """Of a payment that is held anew: its message is withdrawn, unless it was held already."""
    return now if SCREENED_AT_TAKING in body.get("rules", ()) else before


_TAKEN: Final = Kept(
    "bank_messages",
    "v_bank_messages",
    "instruction_id",
    "stl",
    {
        "FundsReserved": (
            own_id("message_id"),
            *map(plain, ("bank_bic", "digest")),
            plain("kept", below="body"),
            becomes("fetched_at", False, by="taken"),
            *_OFFERED,
        ),
        "PaymentMessageTaken": (becomes("fetched_at", True, by="message_id"),),
        # By these it is handed out no more, nor does it wait for its bank.
        "SettlementHeldAnew": tuple(when(name, _held_at_taking) for name in _WITHDRAWN),
        "SettlementCancelled": tuple(map(when, _WITHDRAWN)),
        **{event: (when("closed_at"),) for event in ("PaymentSettled", "PaymentRejected")},
        # Of one that is offered for the first time FundsReserved says it, after it.
        "SettlementCleared": (
            Column("digest", "digest", lambda digest, _: UNSAID if digest is None else digest),
            # A version before wrote it anew and did not say it.
            Column(
                *("kept", "digest"),
                lambda digest, body: UNSAID if digest is None else body.get("kept", UNSAID),
                below="body",
            ),
            *_OFFERED,
        ),
    },
)
_HAND_ANSWERS: Final = Kept(
    "hand_answers",
    "v_hand_answers",
    "answer_id",
    "ans",
    {
        "BankAnswerEntered": (
            plain("entered_by", "person"),
            fixed("digest"),
            plain("by_file"),
            becomes("state", "ENTERED", by="answer_id"),
        ),
        "BankAnswerConfirmed": (
            fixed("digest"),
            plain("persons", below="ended_by"),
            plain("report_id"),
            becomes("state", "CONFIRMED", by="answer_id"),
        ),
        "BankAnswerWithdrawn": (becomes("state", "WITHDRAWN", by="answer_id"),),
    },
)
_ANSWERED: Final = Kept(
    "hand_answer_payments",
    "v_hand_answer_payments",
    "instruction_id",
    "stl",
    {
        "BankAnswerEntered": (becomes("waits", True, by="answer_id"),),
        "BankAnswerConfirmed": (becomes("waits", False, by="answer_id"),),
        "BankAnswerWithdrawn": (becomes("waits", False, by="answer_id"),),
    },
    among="answer_id",
)


def _pair(gives: Any, body: Said) -> str:
    """The pair that a price converts in; the most that may be locked is of a pair."""
    return str(pair_between(gives["currency"], body["gets"]["currency"], "/gets"))


_FIRM_QUOTES: Final = Kept(
    "firm_quotes",
    "v_firm_quotes",
    "quote_id",
    "qte",
    {
        "FirmQuoteLocked": (
            *map(plain, ("party", "source", "bank_bic")),
            decimal("rate"),
            *map(amount, ("gives", "gets", "at_mid")),
            *(currency(f"{side}_currency", side) for side in ("gives", "gets")),
            Column("pair", "gives", _pair),
            instant("expires_at"),
            when("locked_at"),
        )
    },
)
PAYMENTS: Final = (
    *(_INSTRUCTIONS, _ASKED, _AS_TAKEN, _SIGNATURES, _TAKEN, _DISPUTES, _STATUSES, _REPORTS),
    *(_HAND_ANSWERS, _ANSWERED, _FIRM_QUOTES),
)
