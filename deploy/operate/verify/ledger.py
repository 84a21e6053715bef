"""Whether the ledger says what the log says: which transactions were booked for a case, of which
kind, when, what each resolves, and its legs.

A reservation's legs are made anew by the settlement's own rule, of what the payment's events and
its row say, which are compared themselves; what follows upon it is made of them. At which mid an
exchange was booked only the digest of the legs says, in events that keep one. A balance is no
column but the sum of an account's legs, and so are statements of days.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.kernel.rules.ledger import (
    Kind,
    Leg,
    balanced,
    post_legs,
    return_legs,
    void_legs,
)
from services.platform.database import Row, Statements
from services.platform.ledger import legs_digest
from services.settlement.domain.model import Conversion
from services.settlement.domain.rules.reserving import liquidity_account, reserve_legs

COMPARED: Final = {
    "ledger_accounts": ("code", "currency"),
    "ledger_postings": (
        *("transaction_id", "line_no", "account_id"),
        *("layer", "amount_minor", "currency", "purpose"),
    ),
    "ledger_transactions": ("transaction_id", "kind", "case_id", "resolves", "booked_at"),
}
"""The columns of which this module compares what they say."""
_OF_A_LEG: Final = ("account_id", "amount_minor", "currency", "layer", "purpose")
_MADE: Final[Mapping[Kind, Callable[[Iterable[Leg]], tuple[Leg, ...]]]] = {
    Kind.POST: post_legs,
    Kind.VOID: void_legs,
    Kind.RETURN: return_legs,
}
"""How the legs follow from those of the transaction that is resolved."""
_PAGE: Final = 20_000
_BEFORE_ALL: Final = UUID(int=0)
_BOOKED: Final = text("""
    SELECT t.case_id, t.transaction_id, t.kind, t.resolves, t.booked_at, p.legs
    FROM v_ledger_transactions AS t CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(
            p.line_no, p.account_currency, p.account, p.amount_minor, p.currency, p.layer, p.purpose
        ) ORDER BY p.line_no) AS legs
        FROM v_ledger_postings AS p WHERE p.transaction_id = t.transaction_id
    ) AS p
    WHERE t.case_id = ANY(CAST(:case_ids AS uuid[])) ORDER BY t.case_id, t.booked_at
""")
_PAYMENTS: Final = text(
    "SELECT instruction_id, buyer, seller_code FROM v_settlements"
    " WHERE instruction_id = ANY(CAST(:case_ids AS uuid[]))"
)
# In pages, so that no statement takes longer the more is booked.
_STRAYS: Final = {
    "ledger_transactions has a row of which the log has no case": text("""
        SELECT t.transaction_id AS id, NOT EXISTS (
            SELECT FROM cases AS c WHERE c.case_id = t.case_id
        ) AS stray
        FROM (
            SELECT transaction_id, case_id FROM v_ledger_transactions
            WHERE transaction_id > :after ORDER BY transaction_id LIMIT :rows
        ) AS t ORDER BY id
    """),
    "ledger_postings has legs of no transaction": text("""
        SELECT p.transaction_id AS id, NOT EXISTS (
            SELECT FROM v_ledger_transactions AS t WHERE t.transaction_id = p.transaction_id
        ) AS stray
        FROM (
            SELECT transaction_id FROM v_ledger_postings
            WHERE transaction_id > :after ORDER BY transaction_id LIMIT :rows
        ) AS p ORDER BY id
    """),
}
_TWICE: Final = text(
    "SELECT code, currency FROM v_ledger_accounts GROUP BY code, currency HAVING count(*) > 1"
    " ORDER BY code, currency"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What an event says was booked; ``transaction`` is None where it does not say which."""

    type: str
    kind: Kind
    at: datetime
    transaction: str | None
    resolves: str | None
    legs: tuple[Leg, ...] | None
    """None where the events say no sum of which legs can be made."""
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A transaction as the ledger has it."""

    row: Row
    legs: tuple[Leg, ...]
    lines: tuple[int, ...]
    """The numbers of its legs."""
    foreign: bool
    """Whether a leg is in another currency than its account."""


def _kept(row: Row) -> _Kept:
    legs = row.legs or []
    return _Kept(
        row,
        # Whatever somebody wrote there by hand is compared, though it is no layer.
        tuple(Leg(a or "", Money(m, c), layer, p) for _, _, a, m, c, layer, p in legs),
        tuple(leg[0] for leg in legs),
        any(of is not None and of != leg for _, of, _, _, leg, _, _ in legs),
    )


async def ledger_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Of these cases what the ledger has otherwise than their events say, added to what is found.

    Whoever the case belongs to: what is booked for one whose events book nothing is named.
    """
    asked = {"case_ids": list(chains)}
    booked: dict[UUID, list[_Kept]] = defaultdict(list)
    for row in await tx.execute(_BOOKED, asked):
        booked[row.case_id].append(_kept(row))
    payments = [case_id for case_id, (kind, _) in chains.items() if kind == "stl"]
    rows: dict[UUID, Row] = {}
    if payments:
        for row in await tx.execute(_PAYMENTS, {"case_ids": payments}):
            rows[row.instruction_id] = row
    for case_id, (kind, events) in chains.items():
        kept = booked.get(case_id, [])
        said = _as_said(events, rows.get(case_id), kept) if kind == "stl" else []
        found[case_id] += _of_one_case(show(kind, case_id), said, kept)


async def ledger_strays(tx: Statements) -> AsyncIterator[str]:
    """What is booked for no case, and accounts that the ledger has twice."""
    for what, statement in _STRAYS.items():
        after, named = _BEFORE_ALL, set()
        while page := (await tx.execute(statement, {"after": after, "rows": _PAGE})).all():
            for one in page:
                if one.stray and one.id not in named:
                    named.add(one.id)
                    yield f"{show('led', one.id)}: {what}"
            after = page[-1].id
    for row in await tx.execute(_TWICE):
        yield f"{row.code}: ledger_accounts has it twice in {row.currency}"


def _as_said(events: Sequence[Row], row: Row | None, kept: Sequence[_Kept]) -> list[_Said]:
    """What a payment's events say was booked, in their order."""
    instructed: Mapping[str, Any] = {}
    reserved: _Said | None = None
    posted: _Said | None = None
    said: list[_Said] = []
    for event in events:
        body = json.loads(event.body)
        match event.type:
            case "SettlementInstructed":
                instructed = body
                continue
            case "FundsReserved":
                legs = _reserved(instructed, body, row, kept)
                one = reserved = _named(event, body, Kind.RESERVE, None, legs)
            case "PaymentSettled":
                one = posted = _upon(event, body, Kind.POST, reserved)
            case "PaymentReturned":
                one = _upon(event, body, Kind.RETURN, posted)
            case "PaymentRejected":
                one = _upon(event, body, Kind.VOID, reserved)
            # One that was held had nothing reserved.
            case "SettlementCancelled" | "SettlementRefused" if reserved is not None:
                one = _upon(event, body, Kind.VOID, reserved)
            case _:
                continue
        said.append(one)
    return said


def _upon(event: Row, body: Mapping[str, Any], kind: Kind, before: _Said | None) -> _Said:
    """What was booked upon a transaction before it."""
    legs = None if before is None or before.legs is None else _MADE[kind](before.legs)
    return _named(event, body, kind, before, legs)


def _named(
    event: Row,
    body: Mapping[str, Any],
    kind: Kind,
    resolves: _Said | None,
    legs: tuple[Leg, ...] | None,
) -> _Said:
    named = body.get("transaction_id")
    return _Said(
        type=event.type,
        kind=kind,
        at=event.occurred_at,
        # What can be no name of a transaction names none.
        transaction=named and str(named),
        resolves=None if resolves is None else resolves.transaction,
        legs=legs,
        digest=body.get("legs"),
    )


def _reserved(
    instructed: Mapping[str, Any], body: Mapping[str, Any], row: Row | None, kept: Sequence[_Kept]
) -> tuple[Leg, ...] | None:
    """The legs of a reservation, by the settlement's own rule; None where no sum is said."""
    if row is None:
        return None
    try:
        gives, gets = (
            Money.parse(instructed[name]["amount"], instructed[name]["currency"])
            for name in ("amount", "gets")
        )
        bank = body["bank_bic"]
    except (KeyError, TypeError, ValueError, ArithmeticError, Refused):
        return None
    exchange = None
    if gives.currency != gets.currency:
        at_mid = _at_mid(bank, gets, body.get("transaction_id"), kept)
        exchange = Conversion(gives, gets, at_mid, Decimal(0))
    return reserve_legs(
        buyer=row.buyer, seller=row.seller_code, bank_bic=bank, paid=gets, exchange=exchange
    )


def _at_mid(bank: str, gets: Money, transaction: Any, kept: Sequence[_Kept]) -> Money:
    """What the bank gave at the mid, as booked: it follows from nothing that an event says."""
    booked = (
        -leg.money.minor
        for one in kept
        if show("led", one.row.transaction_id) == transaction
        for leg in one.legs
        if (leg.account, leg.money.currency) == (liquidity_account(bank), gets.currency)
    )
    return Money(next(booked, gets.minor), gets.currency)


def _of_one_case(case: str, said: Sequence[_Said], kept: Sequence[_Kept]) -> Iterator[str]:
    left = {show("led", one.row.transaction_id): one for one in kept}
    for one in said:
        there = left.pop(one.transaction or _resolving(one, left), None)
        if there is None:
            yield f"ledger_transactions has no row of what {one.type} says"
        else:
            yield from _of_one(case, one, there)
    if left:
        yield "ledger_transactions has a row of which the log says nothing"
    for there in kept:
        if not balanced(there.legs):
            yield "ledger_postings has legs of a transaction that do not sum to zero"
        if there.foreign:
            yield "ledger_accounts.currency is not that of the account's legs"


def _resolving(said: _Said, left: Mapping[str, _Kept]) -> str:
    """What resolves the same, where a version before did not say which transaction it is."""
    resolving = (
        name
        for name, there in left.items()
        if there.row.resolves is not None and show("led", there.row.resolves) == said.resolves
    )
    return next(resolving, "")


def _of_one(case: str, said: _Said, kept: _Kept) -> Iterator[str]:
    row = kept.row
    columns = {
        "kind": (row.kind, said.kind.value),
        "resolves": (row.resolves and show("led", row.resolves), said.resolves),
        "booked_at": (row.booked_at, said.at),
    }
    for name, (there, wanted) in columns.items():
        if there != wanted:
            yield f"ledger_transactions.{name} is not what {said.type} says"
    if said.legs is not None:
        yield from _legs_differing(said, said.legs, kept)
    elif not kept.legs:
        yield f"ledger_postings has no legs of what {said.type} says"
    if said.digest and said.digest != legs_digest(case, kept.legs):
        yield f"ledger_postings says otherwise than {said.type}: its digest is another one"


def _legs_differing(said: _Said, legs: Sequence[Leg], kept: _Kept) -> Iterator[str]:
    if len(legs) != len(kept.legs):
        yield f"ledger_postings has other legs than {said.type} says"
        return
    if kept.lines != tuple(range(1, len(legs) + 1)):
        yield f"ledger_postings.line_no is not what {said.type} says"
    pairs = [(_columns(a), _columns(b)) for a, b in zip(legs, kept.legs, strict=True)]
    for position, name in enumerate(_OF_A_LEG):
        if any(one[position] != other[position] for one, other in pairs):
            yield f"ledger_postings.{name} is not what {said.type} says"


def _columns(leg: Leg) -> tuple[Any, ...]:
    return leg.account, leg.money.minor, leg.money.currency, str(leg.layer), leg.purpose
