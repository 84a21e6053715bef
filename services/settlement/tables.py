"""The settlement service's tables. Checks and triggers are stated in migration 0005_settlement."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.platform.columns import (
    at,
    currency,
    minor,
    owned_by,
    rate,
    reference_key_of,
    words,
)
from services.platform.limited_account import LimitedAccount
from services.settlement.domain.states import OPEN_STATES

_table = owned_by("settlement")

OPEN: Final = f"state IN ({', '.join(map(repr, map(str, OPEN_STATES)))})"
"""SQL of whether an instruction still claims its lot, as the index of those that do has it."""


def _of_payment(**how: Any) -> Column[Any]:
    return Column(
        "instruction_id", Uuid, ForeignKey("settlement_instructions.instruction_id"), **how
    )


firm_quotes = _table(
    "firm_quotes",
    Column("quote_id", Uuid, primary_key=True),
    words("party"),
    words("pair"),
    Column("price_id", Uuid),
    words("source"),
    words("bank_bic"),
    rate("mid"),
    rate("rate"),
    minor("gives_minor"),
    currency("gives_currency"),
    minor("gets_minor"),
    minor("at_mid_minor"),
    currency("gets_currency"),
    at("locked_at"),
    at("expires_at"),
    Column("used_by", Uuid, unique=True),
    Index("ix_firm_quotes_party", "party", "quote_id"),
    Index(None, "pair", "locked_at"),
)
"""Prices locked for one party and one sum; used by at most one instruction."""

drawdowns = _table(
    "drawdowns",
    Column("lot_id", Uuid, primary_key=True),
    currency(),
    minor("released_minor"),
    Column("reserved_minor", BigInteger, nullable=False, server_default="0"),
    Column("paid_minor", BigInteger, nullable=False, server_default="0"),
)
"""How much of a lot's released value is drawn, by payments under way and by payments made: never
more than was released."""
RELEASED_VALUE: Final = LimitedAccount(
    table="drawdowns",
    key={"lot_id": "uuid"},
    limit="released_minor",
    reserved="reserved_minor",
    used="paid_minor",
)

settlement_instructions = _table(
    "settlement_instructions",
    Column("instruction_id", Uuid, primary_key=True),
    words("client_reference"),
    words("instructed_by"),
    Column("lot_id", Uuid, nullable=False, index=True),
    words("buyer"),
    words("seller_code"),
    words("seller_bank_bic"),
    words("seller_account"),
    Column("seller_country", CHAR(2), nullable=False),
    words("bank_bic"),
    minor("amount_minor"),
    currency(),
    minor("paid_minor"),
    currency("paid_currency"),
    words("purpose_code"),
    Column("firm_quote_id", Uuid, ForeignKey("firm_quotes.quote_id")),
    Column("payer_account", LargeBinary),
    words("state"),
    Column("held_for", ARRAY(Text), nullable=False, server_default="{}"),
    Column("drawn_minor", BigInteger, nullable=False, server_default="0"),
    at("requested_at"),
    at("offered_at", nullable=True),
    at("escalated_at", nullable=True),
    at("ended_at", nullable=True),
    at("first_offered_at", nullable=True),
    at("promised_at", nullable=True),
    at("hold_told_at", nullable=True),
    Column("untold", Integer, nullable=False, server_default="0"),
    at("as_taken_at", nullable=True),
    words("bank_status", nullable=True),
    words("bank_reason", nullable=True),
    words("bank_reference", nullable=True),
    Column("value_on", Date),
    at("returned_at", nullable=True),
    Column("returned_on", Date),
    UniqueConstraint("instructed_by", "client_reference"),
    Index(
        "ix_settlement_instructions_reference_key",
        "instructed_by",
        text(reference_key_of("client_reference")),
    ),
    Index(
        "uq_settlement_instructions_open_lot_id",
        "lot_id",
        unique=True,
        postgresql_where=text(OPEN),
    ),
    Index(
        "ix_settlement_instructions_held",
        "instruction_id",
        postgresql_where=text("state = 'HELD'"),
    ),
    Index("ix_settlement_instructions_bank_bic", "bank_bic", "instruction_id"),
    Index("ix_settlement_instructions_buyer", "buyer", "instruction_id"),
)
"""Settlement instructions: who pays whom how much for which lot, and where that stands;
``payer_account`` as the registry sealed it (NULL: none was on file at the paying bank).
``first_offered_at``: of one that was held after it had been offered, when that was, as its payer
goes on to read. ``promised_at``: until when its payer is promised the bank's answer. Of one held
for what no party may hear of: from when the hold is told, and how many of its changes were those
of its bank's compliance, which no version that its payer reads ever counts; and when its bank's
system would have taken its message, had there been one: from then on its payer takes it back no
more.
``returned_at``: when two persons had found that the money came back, with the value date
``returned_on``: nothing is drawn for it any more."""

screening_entries = _table(
    "screening_entries",
    Column("entry_id", Uuid, primary_key=True),
    words("list_name"),
    words("reference"),
    words("kind"),
    Column("match_hash", LargeBinary, nullable=False, index=True),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    words("added_by"),
    at("added_at"),
    words("bank_bic", nullable=True),
    words("ending_by", nullable=True),
    at("ending_at", nullable=True),
    words("ending_remark", nullable=True),
    words("ended_by", nullable=True),
    at("ended_at", nullable=True),
    Index(
        "uq_screening_entries_standing",
        *("bank_bic", "list_name", "reference", "match_hash"),
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_screening_entries_added_at", "added_at", postgresql_where=text("ended_at IS NULL")),
    Index(
        "ix_screening_entries_ending",
        "ending_at",
        postgresql_where=text("ending_at IS NOT NULL AND ended_at IS NULL"),
    ),
)
"""The screening lists: hashes of normalised names, keyed hashes of residents' numbers. Of a bank's
own list ``bank_bic`` says whose payments it holds; without one it is every bank's. It has ended
when a second person of the bank signed what the first proposed (``ending_by``)."""

screening_close_names = _table(
    "screening_close_names",
    Column("close_hash", LargeBinary, primary_key=True),
    Column("entry_id", Uuid, ForeignKey("screening_entries.entry_id"), primary_key=True),
)
"""Of each listed name the hashes by which one is found that is almost it."""

screening_hits = _table(
    "screening_hits",
    _of_payment(primary_key=True),
    words("role", primary_key=True),
    words("list_name", primary_key=True),
    words("reference", primary_key=True),
    words("reason", server_default=text("'NAME_HIT'")),
    at("found_at"),
)
"""Which party of an instruction was found on which list, or close to a name there (``reason``)."""

compliance_signatures = _table(
    "compliance_signatures",
    _of_payment(primary_key=True),
    words("person", primary_key=True),
    words("act", primary_key=True),
    words("remark"),
    at("signed_at"),
    at("lapsed_at", nullable=True),
)
"""Signatures of bank compliance under a hold: one per person and act, two to release. What was
signed before the payment was held for more has lapsed; whoever signs anew, signs in its place."""

bank_messages = _table(
    "bank_messages",
    Column("message_id", Uuid, primary_key=True),
    _of_payment(nullable=False, unique=True),
    words("bank_bic"),
    words("name"),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", Boolean, nullable=False, server_default=text("false")),
    words("instruction_ref", nullable=True),
    Column("uetr", Uuid),
    Column("settle_on", Date),
    at("offered_at"),
    at("fetched_at", nullable=True),
    Column("asked_count", Integer, nullable=False, server_default="0"),
    at("asked_at", nullable=True),
    at("closed_at", nullable=True),
    at("withdrawn_at", nullable=True),
    Index(
        "ix_bank_messages_waiting",
        "bank_bic",
        "message_id",
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("uq_bank_messages_instruction_ref", "instruction_ref", unique=True),
    Index("uq_bank_messages_uetr", "uetr", unique=True),
)
"""Messages offered to banks (pacs.008), waiting until the case has ended; by which numbers and with
which settlement day each was written (NULL: before these were kept). ``sealed``: the body is, as
there is a resident's name in it."""

bank_reports = _table(
    "bank_reports",
    Column("report_id", Uuid, primary_key=True),
    words("bank_bic"),
    words("message_ref"),
    words("sent_by"),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    at("received_at"),
    at("carried_out_at", nullable=True),
    UniqueConstraint("bank_bic", "message_ref"),
    Index("ix_bank_reports_left", "received_at", postgresql_where=text("carried_out_at IS NULL")),
)
"""The inbox: every status report (pacs.002) as it came, by whom, and when it was carried out."""

bank_statuses = _table(
    "bank_statuses",
    Column("report_id", Uuid, ForeignKey("bank_reports.report_id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("message_id", Uuid, ForeignKey("bank_messages.message_id")),
    Column("instruction_id", Uuid),
    words("original_message", nullable=True),
    words("code"),
    minor("amount_minor", nullable=True),
    currency(nullable=True),
    words("reason", nullable=True),
    words("bank_reference", nullable=True),
    Column("value_on", Date),
    Column("said", JSONB, nullable=False, server_default="{}"),
    words("disposition"),
    Index(
        "uq_bank_statuses_recorded_code",
        "message_id",
        "code",
        unique=True,
        postgresql_where=text("disposition = 'RECORDED'"),
    ),
)
"""Each status in a report, and what became of it."""

bank_disputes = _table(
    "bank_disputes",
    Column("dispute_id", Uuid, primary_key=True),
    Column("report_id", Uuid),
    Column("line_no", Integer),
    _of_payment(nullable=False, index=True),
    words("bank_bic"),
    words("disposition"),
    at("opened_at"),
    at("due_at"),
    words("finding", nullable=True),
    Column("returned_on", Date),
    words("remark", nullable=True),
    words("signed_by", nullable=True),
    at("signed_at", nullable=True),
    words("resolved_by", nullable=True),
    at("resolved_at", nullable=True),
    ForeignKeyConstraint(
        ["report_id", "line_no"], ["bank_statuses.report_id", "bank_statuses.line_no"]
    ),
    UniqueConstraint("report_id", "line_no"),
    Index(
        "ix_bank_disputes_open",
        "bank_bic",
        "dispute_id",
        postgresql_where=text("resolved_at IS NULL"),
    ),
    Index(
        "uq_bank_disputes_goods_gone",
        "instruction_id",
        unique=True,
        postgresql_where=text("disposition = 'GOODS_GONE'"),
    ),
)
"""What a bank said and cannot be booked, until two persons of its compliance found what is true;
and, about no word of it, what becomes of the money of goods that are gone. ``returned_on``: the
value date with which it came back."""

hand_answers = _table(
    "hand_answers",
    Column("answer_id", Uuid, primary_key=True),
    words("bank_bic"),
    words("message_ref"),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("by_file", Boolean, nullable=False),
    Column("statuses", JSONB, nullable=False),
    words("entered_by"),
    at("entered_at"),
    words("state"),
    words("ended_by", nullable=True),
    at("ended_at", nullable=True),
    Column("report_id", Uuid, ForeignKey("bank_reports.report_id")),
    Index("ix_hand_answers_bank_bic", "bank_bic", "answer_id"),
    Index(
        "ix_hand_answers_waiting",
        *("bank_bic", "answer_id"),
        postgresql_where=text("state = 'ENTERED'"),
    ),
)
"""What a bank's persons enter in place of its system: a pacs.002 that counts for nothing until
another person of the bank has confirmed it; then it is the report of that id. ``statuses``: what
would become of each, and once it is confirmed, what became of it."""

hand_answer_payments = _table(
    "hand_answer_payments",
    Column("answer_id", Uuid, ForeignKey("hand_answers.answer_id"), primary_key=True),
    _of_payment(primary_key=True),
    Column("waits", Boolean, nullable=False),
    Index("ix_hand_answer_payments_instruction_id", "instruction_id", "answer_id"),
    Index(
        "uq_hand_answer_payments_waits",
        "instruction_id",
        unique=True,
        postgresql_where=text("waits"),
    ),
)
"""Which payments an answer by hand is about; one answer to a payment waits at a time."""

payment_reports = _table(
    "payment_reports",
    _of_payment(primary_key=True),
    words("kind", primary_key=True),
    words("bop_code", nullable=True),
    words("purpose_code"),
    minor("paid_minor"),
    currency(),
    Column("counter_country", CHAR(2), nullable=False),
    Column("value_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    at("created_at"),
)
"""Rows of the balance-of-payments report (涉外收支申报), of a payment and of its return, and of the
large-value report."""

settlement_advices = _table(
    "settlement_advices",
    Column("advice_id", Uuid, primary_key=True),
    _of_payment(nullable=False),
    words("party"),
    words("kind"),
    minor("amount_minor"),
    currency(),
    at("issued_at"),
    UniqueConstraint("instruction_id", "party"),
)
"""Advices to the parties: debit and credit when settled, return when the bank refused."""
