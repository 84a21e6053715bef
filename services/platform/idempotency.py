"""Idempotency-Key in the business transaction: the same key and body has one answer, ever."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Column, DateTime, Integer, Row, Table, Text, text
from sqlalchemy.exc import DBAPIError

from services.kernel.messages import Answer, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import problem
from services.platform.database import Database, Tx, metadata, sqlstate_of

F = TypeVar("F", bound=Callable[[Tx], Awaitable[Answer]])

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    info={"owner": "platform"},
)
"""One row per answered POST: whose key, the body's SHA-256, the answer."""

_CLAIM = text(
    "INSERT INTO idempotency_keys (subject, key, fingerprint) VALUES (:subject, :key, :fingerprint)"
    " ON CONFLICT DO NOTHING RETURNING 1"
)
_STORED = text(
    "SELECT fingerprint, status, body FROM idempotency_keys WHERE subject = :subject AND key = :key"
)
_KEEP = text(
    "UPDATE idempotency_keys SET status = :status, body = :body"
    " WHERE subject = :subject AND key = :key"
)
_RETRIED: Final = {
    "23505",  # unique violation: somebody was first; fresh facts say so properly
    "23P01",  # exclusion violation: somebody's period was there first
    "23514",  # check violation: the last guard under a race
    "23503",  # foreign key: a row went away in between
    "40001",  # serialization failure
    "40P01",  # deadlock: one of the two may go on
}
_ATTEMPTS: Final = 8


async def run_once(
    database: Database, receipt: Receipt, work: Callable[[Tx], Awaitable[Answer]]
) -> Answer:
    """Carry out ``work`` and store its answer in one transaction, or give the stored answer.

    A parallel request with the same key waits for the first. A refusal is an answer and is
    stored; what the work had written before refusing is not kept. A race lost to a database
    constraint runs the work again on fresh facts, so that its pure rules name the reason.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await _attempt(database, receipt, work)
        except DBAPIError as error:
            if sqlstate_of(error) == "55P03":
                raise Refused(_IN_PROGRESS) from error
            if sqlstate_of(error) not in _RETRIED or attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


_IN_PROGRESS = Refusal(
    "IN_PROGRESS", "The same request is still being worked on; send it again in a moment."
)


async def _attempt(
    database: Database, receipt: Receipt, work: Callable[[Tx], Awaitable[Answer]]
) -> Answer:
    async with database.transaction() as tx:
        key = {"subject": receipt.subject, "key": receipt.key}
        claimed = await tx.execute(_CLAIM, {**key, "fingerprint": receipt.fingerprint})
        if claimed.first() is None:
            return await _stored(tx, receipt)
        answer = await _answer(tx, work)
        body = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        await tx.execute(_KEEP, {**key, "status": answer.status, "body": body})
        return answer


async def _answer(tx: Tx, work: Callable[[Tx], Awaitable[Answer]]) -> Answer:
    """The work's answer; a refusal undoes what the work wrote, but keeps the claim."""
    kept = await tx.begin_nested() if _writes_before_refusing(work) else None
    try:
        answer = await work(tx)
    except Refused as refused:
        if kept is not None:
            await kept.rollback()
        return problem.answer(refused.refusals, at=datetime.now(UTC))
    if kept is not None:
        await kept.commit()
    return answer


def _writes_before_refusing(work: Callable[[Tx], Awaitable[Answer]]) -> bool:
    """Whether the work may refuse after it has written. ``refuses_before_writing`` says not."""
    return not getattr(work, "refuses_before_writing", False)


def refuses_before_writing(work: F) -> F:
    """Mark work that only refuses before its first write: it needs no savepoint (hot path)."""
    work.refuses_before_writing = True  # type: ignore[attr-defined]
    return work


async def answered(tx: Tx, receipt: Receipt) -> Answer | None:
    """The stored answer of a request that was carried out before, None when it was not."""
    row = (await tx.execute(_STORED, {"subject": receipt.subject, "key": receipt.key})).first()
    return None if row is None else _as_stored(row, receipt)


async def _stored(tx: Tx, receipt: Receipt) -> Answer:
    row = (await tx.execute(_STORED, {"subject": receipt.subject, "key": receipt.key})).one()
    return _as_stored(row, receipt)


def _as_stored(row: Row[Any], receipt: Receipt) -> Answer:
    if row.fingerprint != receipt.fingerprint:
        reused = Refusal(
            "IDEMPOTENCY_KEY_REUSED",
            "This Idempotency-Key was used for another request; use a new key for a new request.",
        )
        return problem.answer((reused,), at=datetime.now(UTC))
    return Answer(status=row.status, body=json.loads(row.body))
