"""Idempotency-Key in the business transaction: the same key and body has one answer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from asyncpg import PostgresError
from sqlalchemy import Column, DateTime, Integer, Table, Text, TextClause, text

from services.kernel.messages import Answer, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import problem
from services.platform.database import Database, Row, Tx, metadata

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
"""One row per answered POST: whose key, the request's fingerprint, the answer."""

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
_KEEP_REFUSAL = text(
    "INSERT INTO idempotency_keys (subject, key, fingerprint, status, body)"
    " VALUES (:subject, :key, :fingerprint, :status, :body) ON CONFLICT DO NOTHING RETURNING 1"
)
ANSWERED: Final = """
    answered AS (
        INSERT INTO idempotency_keys (subject, key, fingerprint, status, body)
        VALUES (
            :receipt_subject, :receipt_key, :receipt_fingerprint, :answer_status, :answer_body
        )
    )"""
"""SQL that keeps a request's answer, for a statement that does all its work (see Written)."""

_RETRIED: Final = {
    "23505",  # unique violation: somebody was first; fresh facts say so properly
    "23P01",  # exclusion violation: somebody's period was there first
    "23514",  # check violation: the last guard under a race
    "23503",  # foreign key: a row went away in between
    "40001",  # serialization failure
    "40P01",  # deadlock: one of the two may go on
}
_ATTEMPTS: Final = 8


class Receipts:
    """Makes the receipt by which a request is known again.

    The fingerprint is keyed: a request may hold an identity number, and whoever reads the table
    or a workflow's history must not be able to try numbers until one fits. One key for all
    processes, so that a retry is known wherever it arrives.
    """

    def __init__(self, hash_key: bytes) -> None:
        self._key = hmac.new(hash_key, b"idempotency fingerprint", sha256).digest()

    def receipt(self, *, subject: str, key: str, path: str, body: bytes) -> Receipt:
        """Of one request: who sent it, under which Idempotency-Key, where to and what."""
        seen = hmac.new(self._key, path.encode() + b"\0" + body, sha256)
        return Receipt(subject=subject, key=key, fingerprint=seen.hexdigest())


@dataclass(frozen=True, slots=True)
class Written:
    """Work that one statement does: it holds ANSWERED, these are its values, this its answer."""

    statement: TextClause
    values: Mapping[str, Any]
    answer: Answer


async def run_once(
    database: Database, receipt: Receipt, work: Callable[[Tx], Awaitable[Answer]]
) -> Answer:
    """Carry out ``work`` and store its answer in one transaction, or give the stored answer.

    A parallel request with the same key waits for the first. A refusal is an answer and is
    stored; what the work had written before refusing is not kept. A race lost to a database
    constraint runs the work again on fresh facts, so that its pure rules name the reason.
    """

    async def attempt(_: int) -> Answer:
        return await _in_a_transaction(database, receipt, work)

    return await _as_often_as_races_are_lost(attempt)


async def write_once(
    database: Database, receipt: Receipt, work: Callable[[Tx], Awaitable[Written]]
) -> Answer:
    """As ``run_once``, for work that reads, decides, and then writes all in one statement.

    The statement is the transaction: no begin, no claim beforehand, no commit (hot path). The
    key's own uniqueness ends a second request that was let in meanwhile; it finds the answer.
    """

    async def attempt(number: int) -> Answer:
        return await _in_a_statement(database, receipt, work, again=number > 1)

    return await _as_often_as_races_are_lost(attempt)


async def _as_often_as_races_are_lost(attempt: Callable[[int], Awaitable[Answer]]) -> Answer:
    for number in range(1, _ATTEMPTS + 1):
        try:
            return await attempt(number)
        except PostgresError as error:
            if error.sqlstate == "55P03":
                raise Refused(_IN_PROGRESS) from error
            if error.sqlstate not in _RETRIED or number == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


_IN_PROGRESS = Refusal(
    "IN_PROGRESS", "The same request is still being worked on; send it again in a moment."
)


async def _in_a_transaction(
    database: Database, receipt: Receipt, work: Callable[[Tx], Awaitable[Answer]]
) -> Answer:
    async with database.transaction() as tx:
        key = {"subject": receipt.subject, "key": receipt.key}
        claimed = await tx.execute(_CLAIM, {**key, "fingerprint": receipt.fingerprint})
        if claimed.first() is None:
            return await _stored(tx, receipt)
        answer = await _answer(tx, work)
        await tx.execute(_KEEP, {**key, "status": answer.status, "body": _as_text(answer)})
        return answer


async def _answer(tx: Tx, work: Callable[[Tx], Awaitable[Answer]]) -> Answer:
    """The work's answer; a refusal undoes what the work wrote, but keeps the claim."""
    try:
        async with tx.savepoint():
            return await work(tx)
    except Refused as refused:
        return problem.answer(refused.refusals, at=datetime.now(UTC))


async def _in_a_statement(
    database: Database,
    receipt: Receipt,
    work: Callable[[Tx], Awaitable[Written]],
    *,
    again: bool,
) -> Answer:
    async with database.reading() as tx:
        before = await answered(tx, receipt) if again else None
        if before is not None:
            return before
        try:
            written = await work(tx)
        except Refused as refused:
            return await _keep_refusal(tx, receipt, refused)
        answer = written.answer
        values = {
            "receipt_subject": receipt.subject,
            "receipt_key": receipt.key,
            "receipt_fingerprint": receipt.fingerprint,
            "answer_status": answer.status,
            "answer_body": _as_text(answer),
        }
        await tx.execute(written.statement, {**written.values, **values})
        return answer


async def _keep_refusal(tx: Tx, receipt: Receipt, refused: Refused) -> Answer:
    """The refusal, unless the same request was answered before: then that answer."""
    answer = problem.answer(refused.refusals, at=datetime.now(UTC))
    values = {**receipt.model_dump(), "status": answer.status, "body": _as_text(answer)}
    kept = await tx.execute(_KEEP_REFUSAL, values)
    return answer if kept.first() is not None else await _stored(tx, receipt)


def _as_text(answer: Answer) -> str:
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))


async def answered(tx: Tx, receipt: Receipt) -> Answer | None:
    """The stored answer of a request that was carried out before, None when it was not."""
    row = (await tx.execute(_STORED, {"subject": receipt.subject, "key": receipt.key})).first()
    return None if row is None else _as_stored(row, receipt)


async def _stored(tx: Tx, receipt: Receipt) -> Answer:
    row = (await tx.execute(_STORED, {"subject": receipt.subject, "key": receipt.key})).one()
    return _as_stored(row, receipt)


def _as_stored(row: Row, receipt: Receipt) -> Answer:
    if row.fingerprint != receipt.fingerprint:
        reused = Refusal(
            "IDEMPOTENCY_KEY_REUSED",
            "This Idempotency-Key was used for another request; use a new key for a new request.",
        )
        return problem.answer((reused,), at=datetime.now(UTC))
    return Answer(status=row.status, body=json.loads(row.body))
