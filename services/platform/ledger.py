"""The ledger: one balanced transaction at a time, booked for a case, never changed afterwards.

Every service whose manifest says ``ledger`` books for its own cases and reads; nobody writes the
tables but ``ledger_book``. What a transaction of a kind of case consists of is its owner's
(``domain/rules``); phases, layers and the balance are the kernel's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.kernel.identifiers import case_uuid, new_uuid
from services.kernel.money import Money
from services.kernel.rules.ledger import Kind, Layer, Leg, balanced
from services.kernel.salted import salted_digest
from services.platform.act import Act
from services.platform.database import Row, Statements, metadata
from services.platform.filtered import Filtered

_OWNER: Final = {"owner": "platform", "decides": True}

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    UniqueConstraint("code", "currency"),
    UniqueConstraint("account_id", "currency"),
    info=_OWNER,
)
"""Accounts (``kind:owner``), one currency each, opened by the first booking that names them."""

ledger_transactions = Table(
    "ledger_transactions",
    metadata,
    Column("transaction_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    # A new case's header is written at the end of the act that books for it.
    Column(
        "case_id",
        Uuid,
        ForeignKey("cases.case_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("resolves", Uuid, unique=True),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("case_id", "transaction_id"),
    ForeignKeyConstraint(
        ["case_id", "resolves"],
        ["ledger_transactions.case_id", "ledger_transactions.transaction_id"],
    ),
    Index("ix_ledger_transactions_booked_at", "booked_at", "transaction_id"),
    info=_OWNER,
)
"""Two-phase transactions: RESERVE, then POST or VOID, which resolves it, once, for its own case;
and RETURN, of what was posted and came back, which resolves the POST."""

ledger_postings = Table(
    "ledger_postings",
    metadata,
    Column(
        "transaction_id",
        Uuid,
        ForeignKey("ledger_transactions.transaction_id"),
        primary_key=True,
    ),
    Column("line_no", Integer, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("layer", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("purpose", Text, nullable=False),
    ForeignKeyConstraint(
        ["account_id", "currency"],
        ["ledger_accounts.account_id", "ledger_accounts.currency"],
    ),
    Index(
        "ix_ledger_postings_account_id_layer",
        "account_id",
        "layer",
        postgresql_include=["amount_minor"],
    ),
    info=_OWNER,
)
"""Signed legs, booked by one statement each time, whose legs must sum to zero."""

BOOK: Final = """ledger_book(
    CAST(:led_id AS uuid), CAST(:led_kind AS text), CAST(:led_case AS uuid),
    CAST(:led_case_kind AS text), CAST(:led_resolves AS uuid), CAST(:led_at AS timestamptz),
    CAST(:led_accounts AS uuid[]), CAST(:led_codes AS text[]), CAST(:led_currencies AS text[]),
    CAST(:led_layers AS text[]), CAST(:led_minors AS bigint[]), CAST(:led_purposes AS text[])
)"""
"""SQL of one booking: its accounts, its transaction and its legs. See ``booking``."""

_BOOK = text(f"SELECT {BOOK}")
# A balance is the sum of an account's postings.
_BALANCES = Filtered(
    "SELECT a.account_id, a.code, a.currency,"
    " coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'PENDING'), 0)::bigint AS pending_minor,"
    " coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'POSTED'), 0)::bigint AS posted_minor"
    " FROM ledger_accounts AS a LEFT JOIN ledger_postings AS p USING (account_id)"
    " WHERE ASKED(a.account_id > :after)"
    " AND ASKED(a.code = ANY(CAST(:codes AS text[])))"
    " GROUP BY a.account_id ORDER BY a.account_id LIMIT :limit"
)
# Account by account, so that others' postings are never read, however many they are.
_STATEMENTS = Filtered(
    """
    SELECT a.account_id, a.code, a.currency,
        coalesce(stood.opening_pending, 0)::bigint AS opening_pending_minor,
        coalesce(stood.opening_posted, 0)::bigint AS opening_posted_minor,
        coalesce(stood.pending, 0)::bigint AS pending_minor,
        coalesce(stood.posted, 0)::bigint AS posted_minor
    FROM ledger_accounts AS a CROSS JOIN LATERAL (
        SELECT
            sum(p.amount_minor) FILTER (WHERE p.layer = 'PENDING') AS pending,
            sum(p.amount_minor) FILTER (WHERE p.layer = 'POSTED') AS posted,
            sum(p.amount_minor) FILTER (WHERE p.layer = 'PENDING' AND t.booked_at < :since)
                AS opening_pending,
            sum(p.amount_minor) FILTER (WHERE p.layer = 'POSTED' AND t.booked_at < :since)
                AS opening_posted
        FROM ledger_postings AS p JOIN ledger_transactions AS t USING (transaction_id)
        WHERE p.account_id = a.account_id AND t.booked_at < :until
    ) AS stood
    WHERE ASKED(a.account_id > :after)
    AND ASKED(a.code = ANY(CAST(:codes AS text[])))
    ORDER BY a.account_id LIMIT :limit
    """
)


def booking(
    act: Act, kind: Kind, legs: Sequence[Leg], *, case: str, resolves: UUID | None = None
) -> dict[str, Any]:
    """Bind values of BOOK; ``led_id`` is the new transaction.

    The database checks the balance again at the statement's end, that the case is the caller's
    own, and that a reservation is resolved once.
    """
    if not balanced(legs):
        raise ValueError("a ledger transaction must sum to zero per layer and currency")
    return {
        "led_id": new_uuid(),
        "led_kind": kind.value,
        "led_case": case_uuid(case),
        "led_case_kind": case[:3],
        "led_resolves": resolves,
        "led_at": act.at,
        "led_accounts": [new_uuid() for _ in legs],
        "led_codes": [leg.account for leg in legs],
        "led_currencies": [leg.money.currency for leg in legs],
        "led_layers": [leg.layer.value for leg in legs],
        "led_minors": [leg.money.minor for leg in legs],
        "led_purposes": [leg.purpose for leg in legs],
    }


async def book(
    act: Act, kind: Kind, legs: Sequence[Leg], *, case: str, resolves: UUID | None = None
) -> UUID:
    """Book a balanced transaction for a case of the act's own service and return its id."""
    values = booking(act, kind, legs, case=case, resolves=resolves)
    await act.execute(_BOOK, **values)
    made: UUID = values["led_id"]
    return made


def legs_kept(transaction: str) -> str:
    """SQL of a transaction's legs, for a statement that reads more; see ``legs_as_kept``."""
    return (
        # Without legs, as only a hand writes one, it is shown so and not left out.
        "(SELECT coalesce(json_agg(json_build_array(a.code, p.amount_minor, p.currency, p.layer,"
        " p.purpose) ORDER BY p.line_no), '[]')"
        " FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)"
        f" WHERE p.transaction_id = {transaction})"
    )


def legs_as_kept(kept: Sequence[Sequence[Any]]) -> tuple[Leg, ...]:
    """The legs of a transaction, in their order."""
    return tuple(
        Leg(account, Money(minor, currency), Layer(layer), purpose)
        for account, minor, currency, layer, purpose in kept
    )


def legs_digest(case: str, legs: Sequence[Leg]) -> str:
    """Salted digest of a transaction's legs, in their order, for the event that says it."""
    return salted_digest(
        case,
        *(
            [one.account, one.money.minor, one.money.currency, one.layer, one.purpose]
            for one in legs
        ),
    )


async def balances(
    tx: Statements, codes: Sequence[str] | None, *, limit: int, after: UUID | None
) -> Sequence[Row]:
    """Accounts with what is pending and posted, one more than the page holds.

    ``codes`` are the accounts that the reader may see; None sees all.
    """
    values = {"codes": codes, "after": after, "limit": limit + 1}
    return (await tx.execute(_BALANCES, values)).all()


async def statements(
    tx: Statements,
    codes: Sequence[str] | None,
    *,
    since: datetime,
    until: datetime,
    limit: int,
    after: UUID | None,
) -> Sequence[Row]:
    """Accounts as they stood before ``since`` (opening) and before ``until``, like ``balances``."""
    values = {"codes": codes, "since": since, "until": until, "after": after, "limit": limit + 1}
    return (await tx.execute(_STATEMENTS, values)).all()
