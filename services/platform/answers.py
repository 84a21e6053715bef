"""Idempotency-Key: the same key and request of a subject for a party has one answer, kept for days.

An answer is kept by the transaction that it tells of. The key's own uniqueness, in that
transaction's last statement, is the claim: of two requests at once the second finds it taken,
undoes what it did and gives the first one's answer.
"""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, text

from services.kernel.messages import Answer, Receipt
from services.kernel.refusals import IDEMPOTENCY_KEY_REUSED
from services.platform import problem
from services.platform.database import Row, Tx, metadata
from services.platform.noting import Note

stored_answers = Table(
    "stored_answers",
    metadata,
    Column("receipt", LargeBinary, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    info={"owner": "platform"},
)
"""One row per answered request: its receipt, the role that answered, what was asked and said."""

_STORED = text("SELECT fingerprint, status, body FROM stored_answers WHERE receipt = :receipt")
_KEEP = text("SELECT keep_answer(:receipt, :fingerprint, :status, :body)")
_NOTE = text(
    "SELECT keep_refusal(:receipt, :fingerprint, :status, :body, :case, :kind, :type, :actor,"
    " :event, :at, :readers, :resident)"
)
_PASSING: Final = 429
"""From this status on an answer says nothing lasting (too many, unavailable) and is not kept."""
_REUSED: Final = IDEMPOTENCY_KEY_REUSED.at()


class Receipts:
    """Makes the receipt by which a request is known again.

    The fingerprint is keyed: a request may hold an identity number, and whoever reads the table
    must not be able to try numbers until one fits. One key for all processes, so that a retry is
    known wherever it arrives.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def receipt(self, *, subject: str, party: str, key: str, path: str, body: bytes) -> Receipt:
        """The receipt of a request."""
        seen = hmac.new(self._key, path.encode() + b"\0" + body, sha256)
        return Receipt(subject=subject, party=party, key=key, fingerprint=seen.hexdigest())


def kept_body(answer: Answer) -> str:
    """An answer's body as it is kept."""
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))


def answer_of(stored: Row, receipt: Receipt) -> Answer:
    """The answer that was kept, if the same was asked; else the refusal to use a key twice."""
    if stored.fingerprint != receipt.fingerprint:
        return problem.answer((_REUSED,))
    return Answer(status=stored.status, body=json.loads(stored.body))


async def answered(tx: Tx, receipt: Receipt) -> Answer | None:
    """The kept answer of a request that was carried out before, None when it was not."""
    row = (await tx.execute(_STORED, {"receipt": receipt.digest})).first()
    return None if row is None else answer_of(row, receipt)


async def answer_kept(tx: Tx, receipt: Receipt) -> Answer:
    """The kept answer of a request that is known to have been answered before."""
    return answer_of((await tx.execute(_STORED, {"receipt": receipt.digest})).one(), receipt)


async def refusal_note(
    tx: Tx, receipt: Receipt, answer: Answer, note: Note, *, actor: str, at: datetime
) -> bool:
    """Keep a refusal and note it on its case, in one statement; whether a note was left.

    None is left on a case that is not there, is another service's or is not the actor's to see,
    nor when the same was just noted, or enough for a day.
    """
    values = {"fingerprint": receipt.fingerprint, "status": answer.status}
    found = await tx.execute(
        _NOTE,
        {
            **values,
            "receipt": receipt.digest,
            "body": kept_body(answer),
            "case": note.case,
            "kind": note.kind,
            "type": type(note.event).__name__,
            "actor": actor,
            "event": note.event.body(),
            "at": at,
            "readers": list(note.readers),
            "resident": note.resident,
        },
    )
    return found.scalar_one() is not None


async def refusal_keep(tx: Tx, receipt: Receipt, answer: Answer) -> None:
    """Keep a refusal, in a statement of its own: what was tried is undone already."""
    if answer.status >= _PASSING:
        return
    values: dict[str, Any] = {"fingerprint": receipt.fingerprint, "status": answer.status}
    await tx.execute(_KEEP, {**values, "receipt": receipt.digest, "body": kept_body(answer)})
