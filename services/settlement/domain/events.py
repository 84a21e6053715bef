"""Events of settlement: ids, codes and sums; no names, no accounts."""

from __future__ import annotations

from datetime import date, datetime

from services.kernel.events import Event, MoneyBody


class FirmQuoteLocked(Event):
    """A price was locked for one party and one sum."""

    party: str
    gives: MoneyBody
    gets: MoneyBody
    rate: str
    bank_bic: str
    source: str
    at_mid: MoneyBody | None = None
    """What the seller would get at the mid: what the bank gives beside that is its own."""
    expires_at: datetime | None = None


class ScreeningEntryAdded(Event):
    """A name or a resident was put on a screening list; only its hash is kept."""

    list_name: str
    reference: str
    kind: str
    bank_bic: str | None = None
    listed: str | None = None


class ScreeningEntryEnding(Event):
    """One person of the bank's compliance proposed that an entry of its list end."""

    reference: str


class ScreeningEntryEnded(Event):
    """Another person signed it: the entry holds no payment any more."""

    ends = True
    reference: str


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
    hits: str | None = None
    """Salted digest of what the lists said then, which both persons saw."""
    digest: str | None = None
    """Of the message as it is written anew, of one that had been offered before it was held."""
    kept: str | None = None
    """Of that as it is kept, sealed or not."""
    rules: tuple[str, ...] = ("SET-27",)


class SettlementHeld(Event):
    """The instruction waits for bank compliance."""

    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()
    as_taken: bool = False
    """Whether it counts to its payer as taken by its bank yet."""
    hits: str | None = None
    """Salted digest of which of its parties was found on which list."""
    told_at: datetime | None = None
    """From when its payer is told; None of one that is told at once."""


class SettlementHeldAnew(Event):
    """Somebody was listed since it was held, or offered, and nobody had seen that: two of
    compliance sign anew."""

    reasons: tuple[str, ...]
    """All that it is held for by now."""
    rules: tuple[str, ...] = ()
    hits: str | None = None
    """Salted digest of which of its parties was found on which list, by now."""
    told_at: datetime | None = None
    """From when its payer is told, by now; None of one that is told at once."""
    first_offered_at: datetime | None = None
    """Since when its payer reads that its bank has it; None of one that was never offered."""


class SettlementReleaseSigned(Event):
    """One person of bank compliance agreed to the release; another one must too."""

    person: str
    hits: str | None = None
    """Salted digest of what the lists said then, which the person saw."""


class SettlementRefused(Event):
    """Bank compliance refused the instruction; nothing is drawn, nothing was paid."""

    ends = True

    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()
    refused_by: str | None = None
    """Who of compliance; None in the record of a version that did not say."""
    transaction_id: str | None = None
    """By which the reservation became void; None where nothing was reserved yet."""


class SettlementCancelled(Event):
    """Taken back before its bank took the message, by its payer or for goods that never come."""

    ends = True

    lot_id: str
    amount: MoneyBody
    transaction_id: str | None = None
    """By which the reservation became void; None where nothing was reserved yet."""


class FundsReserved(Event):
    """The ledger holds the sums; the bank has its message."""

    transaction_id: str
    message_id: str
    bank_bic: str
    digest: str
    kept: str | None = None
    """Digest (SHA-256, hex) of the message as it is kept, sealed or not."""
    taken: bool = False
    """Whether its bank has the message yet; from then on its payer takes it back no more."""
    legs: str | None = None
    """Salted digest of what was booked, leg by leg (``platform/ledger.py``)."""


class PaymentMessageTaken(Event):
    """The bank took the message, for the first time; ``by_hand``: one of its persons did."""

    changes = False

    message_id: str
    by_hand: bool


class HeldPaymentAsTaken(Event):
    """The bank asked what waits for it while this was held and kept back: it counts as taken, as
    the message would have been."""

    changes = False

    bank_bic: str


class BankStatusCarriedOut(Event):
    """The bank's word of work in progress was noted; nothing has moved."""

    code: str
    report_id: str
    line_no: int | None = None
    report: str | None = None
    """Digest (SHA-256, hex) of the report as it is kept."""
    status: str | None = None
    """Salted digest of what the report's line says, and of what became of it (``worded.py``)."""


class PaymentSettled(Event):
    """The bank said that the money has moved; the reservation was posted."""

    ends = True

    code: str
    report_id: str
    transaction_id: str
    amount: MoneyBody
    paid: MoneyBody
    line_no: int | None = None
    report: str | None = None
    """Digest (SHA-256, hex) of the report as it is kept."""
    status: str | None = None
    """Salted digest of what the report's line says, and of what became of it (``worded.py``)."""
    reports: str | None = None
    """Salted digest of what is reported of it."""
    advices: str | None = None
    """Salted digest of who is advised of what."""
    rules: tuple[str, ...] = ("SET-42", "SET-19", "SET-20", "SET-14")


class PaymentRejected(Event):
    """The bank refused; the reservation is void and the drawn value given back."""

    ends = True

    code: str
    report_id: str
    transaction_id: str
    amount: MoneyBody
    reason: str | None = None
    reason_told: str | None = None
    """What of the reason its payer reads."""
    line_no: int | None = None
    report: str | None = None
    """Digest (SHA-256, hex) of the report as it is kept."""
    status: str | None = None
    """Salted digest of what the report's line says, and of what became of it (``worded.py``)."""
    advices: str | None = None
    """Salted digest of who is advised of what."""
    rules: tuple[str, ...] = ("SET-42", "SET-19", "SET-20", "SET-23")


class BankStatusDisputed(Event):
    """The bank said what cannot be booked: another amount, or against how the case ended."""

    changes = False

    code: str
    report_id: str
    disposition: str
    dispute_id: str | None = None
    rules: tuple[str, ...] = ("SET-19",)
    line_no: int | None = None
    report: str | None = None
    """Digest (SHA-256, hex) of the report as it is kept."""
    status: str | None = None
    """Salted digest of what the report's line says, and of what became of it (``worded.py``)."""


class HeldAnswerDisputed(BankStatusDisputed):
    """The bank said what became of a payment that its compliance holds, which its payer is not told
    yet: nothing of it is booked, and he is told nothing of it."""


class PaymentGoodsGone(Event):
    """The goods of a payment that is made, or cannot be taken back, never come: two of its bank's
    compliance must find what becomes of the money."""

    changes = False
    unasked = True

    lot_id: str
    lot_state: str
    disposition: str
    dispute_id: str
    rules: tuple[str, ...] = ("SET-30",)


class BankDisputeSigned(Event):
    """One person of the bank's compliance said what is true of a dispute; another must too."""

    changes = False

    dispute_id: str
    finding: str
    person: str
    returned_on: date | None = None


class BankDisputeResolved(Event):
    """Two persons found what is true of a dispute; what came back is booked by its own event."""

    changes = False

    dispute_id: str
    finding: str
    persons: tuple[str, ...]
    rules: tuple[str, ...] = ("SET-22",)


class HeldAnswerResolved(BankDisputeResolved):
    """Two persons found what is true of a dispute of which the payer was told nothing."""


class PaymentReturned(Event):
    """The money of a settled payment came back, for its goods never come: what was posted is
    reversed, and what was drawn is given back."""

    transaction_id: str
    amount: MoneyBody
    paid: MoneyBody
    returned_on: date
    dispute_id: str
    rules: tuple[str, ...] = ("SET-31", "SET-32")
    reports: str | None = None
    """Salted digest of what is reported of the payment by now, and of its return."""


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
