"""Events of settlement: ids, codes and sums; no names, no accounts."""

from __future__ import annotations

from services.kernel.events import Event, MoneyBody


class FirmQuoteLocked(Event):
    """A price was locked for one party and one sum."""

    party: str
    gives: MoneyBody
    gets: MoneyBody
    rate: str
    bank_bic: str
    source: str


class ScreeningEntryAdded(Event):
    """A name or a resident was put on a screening list; only its hash is kept."""

    list_name: str
    reference: str
    kind: str


class SettlementInstructed(Event):
    """A party asked for a released lot to be paid; ``gets`` is what the seller is to get."""

    lot_id: str
    amount: MoneyBody
    gets: MoneyBody
    purpose_code: str
    bank_bic: str
    firm_quote_id: str | None = None
    accounts: str | None = None
    """Salted digest of whom it pays and debits, at which accounts (``instructed.py``)."""


class ReleasedValueDrawnDown(Event):
    """The lot's released value was claimed, once."""

    lot_id: str
    amount: MoneyBody


class SettlementCleared(Event):
    """Two persons of bank compliance lifted the hold; the payment goes to its bank."""

    released_by: tuple[str, ...] = ()


class SettlementHeld(Event):
    """The instruction waits for bank compliance."""

    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()


class SettlementReleaseSigned(Event):
    """One person of bank compliance agreed to the release; another one must too."""

    person: str


class SettlementRefused(Event):
    """Bank compliance refused the instruction; nothing is drawn, nothing was paid."""

    ends = True

    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()


class SettlementCancelled(Event):
    """The payer took the instruction back before its bank took the message; nothing is drawn."""

    ends = True

    lot_id: str
    amount: MoneyBody


class FundsReserved(Event):
    """The ledger holds the sums; the bank has its message."""

    transaction_id: str
    message_id: str
    bank_bic: str
    digest: str


class BankStatusCarriedOut(Event):
    """The bank's word of work in progress was noted; nothing has moved."""

    code: str
    report_id: str


class PaymentSettled(Event):
    """The bank said that the money has moved; the reservation was posted."""

    ends = True

    code: str
    report_id: str
    transaction_id: str
    amount: MoneyBody
    paid: MoneyBody


class PaymentRejected(Event):
    """The bank refused; the reservation is void and the drawn value given back."""

    ends = True

    code: str
    report_id: str
    transaction_id: str
    amount: MoneyBody
    reason: str | None = None


class BankStatusDisputed(Event):
    """The bank said what cannot be booked: another amount, or against how the case ended."""

    changes = False

    code: str
    report_id: str
    disposition: str
    rules: tuple[str, ...] = ("SET-19",)


class BankDisputeSigned(Event):
    """One person of the bank's compliance said what is true of a dispute; another must too."""

    changes = False

    dispute_id: str
    finding: str
    person: str


class BankDisputeResolved(Event):
    """Two persons found what is true of a dispute; nothing was booked by it."""

    changes = False

    dispute_id: str
    finding: str
    persons: tuple[str, ...]
    rules: tuple[str, ...] = ("SET-22",)


class BankAnswerEntered(Event):
    """A person of the bank entered its word by hand; another must confirm it before it counts."""

    changes = False

    answer_id: str
    person: str
    digest: str
    by_file: bool
    rules: tuple[str, ...] = ("SET-26",)


class BankAnswerConfirmed(Event):
    """Another person of the bank confirmed what was entered: it came in as the bank's report."""

    changes = False

    answer_id: str
    report_id: str
    digest: str
    persons: tuple[str, ...]
    rules: tuple[str, ...] = ("SET-26",)


class BankAnswerWithdrawn(Event):
    """A person of the bank took back what was entered; nothing was made of it."""

    changes = False

    answer_id: str
    person: str


class BankAskedAgain(Event):
    """The bank had not answered; a status request waits for it."""

    changes = False
    unasked = True

    attempt: int


class SettlementEscalated(Event):
    """The settlement is later than promised, or its money is blocked; somebody must look at it."""

    changes = False
    unasked = True

    promised_s: int
