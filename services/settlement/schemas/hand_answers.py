"""Answers by hand as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.events import MoneyBody
from services.kernel.fields import Amount, Day, Identifier, Moment, Request
from services.kernel.identifiers import show, uuid_of
from services.kernel.refusal import Mistake
from services.platform.database import Row
from services.settlement.commands.answering import Word
from services.settlement.domain import refusals
from services.settlement.domain.states import AnswerState, Disposition
from services.settlement.queries import hand_answers

# As ISO 20022 writes them (Max4Text, Max35Text); only what banks pass on.
_Reason = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9]{4}$")]
_Words = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9/?:().,'+-][A-Za-z0-9 /?:().,'+-]{0,34}$"),
]
_BankReference = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9/?:().,'+-]{1,35}$")
]


class HandAnswerRequest(Request):
    """What became of one payment, as a person of its bank says it; any other code comes by file."""

    instruction_id: Identifier
    code: Annotated[
        Literal["ACSC", "RJCT", "ACSP", "PDNG", "BLCK"],
        Field(description="settled, rejected, in process, further checks, blocked"),
    ]
    amount: Annotated[
        Amount | None, Field(description="what was paid, in the seller's currency; compared")
    ] = None
    reason_code: Annotated[_Reason | None, Field(description="ISO's code; or reason_text")] = None
    reason_text: Annotated[_Words | None, Field(description="the bank's own words")] = None
    bank_reference: Annotated[
        _BankReference | None, Field(description="by which the bank has booked it")
    ] = None
    value_on: Annotated[Day | None, Field(description="the day on which the money moves")] = None

    @field_validator("reason_text")
    @classmethod
    def _one_reason(cls, words: str | None, known: ValidationInfo) -> str | None:
        """A code, or words in its place: of both, one would be passed over."""
        if words is not None and known.data.get("reason_code") is not None:
            raise Mistake(refusals.REASON_TWICE.at())
        return words


class HandStatus(BaseModel):
    """What is said of one payment. ``disposition``: what would become of it when it was entered;
    of an answer that is confirmed, what became of it."""

    instruction_id: str | None
    client_reference: str | None = Field(
        default=None, description="of the payment, as who instructed it named it"
    )
    code: str
    amount: MoneyBody | None
    reason: str | None
    bank_reference: str | None
    value_on: str | None
    disposition: Disposition


class HandAnswer(BaseModel):
    """An answer that a person of the bank entered in place of its system, and who confirmed it."""

    answer_id: str
    version: int
    state: AnswerState
    bank_bic: str
    by_file: bool
    message_ref: str = Field(description="MsgId of the pacs.002 that it is")
    payments: list[str]
    statuses: list[HandStatus]
    entered_by: str
    entered_at: Moment
    age_s: int
    ended_by: str | None
    ended_at: Moment | None
    report_id: str | None = Field(description="as the bank's report that it became")


def word(body: HandAnswerRequest) -> Word:
    """What a request says. Raises Refused NOT_FOUND for what names no payment."""
    return Word(
        instruction_id=uuid_of(body.instruction_id, "stl"),
        code=body.code,
        amount=body.amount,
        reason_code=body.reason_code,
        reason_text=body.reason_text,
        bank_reference=body.bank_reference,
        value_on=body.value_on,
    )


def hand_answer(row: Row, *, now: datetime) -> dict[str, Any]:
    """An answer as it is shown."""
    ended = row.ended_at or now
    payments = [show("stl", one) for one in row.payments]
    named = dict(zip(payments, row.client_references, strict=True))
    return {
        "answer_id": show("ans", row.answer_id),
        "version": hand_answers.version_of(row),
        "state": row.state,
        "bank_bic": row.bank_bic,
        "by_file": row.by_file,
        "message_ref": row.message_ref,
        "payments": payments,
        "statuses": [
            {**said, "client_reference": named.get(said["instruction_id"])} for said in row.statuses
        ],
        "entered_by": row.entered_by,
        "entered_at": rfc3339(row.entered_at),
        "age_s": max(0, int((ended - row.entered_at).total_seconds())),
        "ended_by": row.ended_by,
        "ended_at": instant_shown(row.ended_at),
        "report_id": None if row.report_id is None else row.report_id.hex,
    }
