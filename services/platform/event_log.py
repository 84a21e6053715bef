"""The append-only, hash-linked log of every case; the spine of audit, streams and timelines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.kernel.events import Event, canonical_json
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor
from services.platform.database import Tx, metadata

cases = Table(
    "cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    info={"owner": "platform"},
)
"""One row per case: its kind, how many events it has and the hash of the last."""

events = Table(
    "events",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("answer", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    info={"owner": "platform"},
)
"""One row per event. ``append_event`` is the only way in; nothing updates or deletes."""

APPEND: Final = (
    "append_event(:event_case, :event_kind, :event_type, :event_step, :event_actor,"
    " :event_body, :event_at, :event_answer)"
)
"""SQL of one append, to be used inside a larger statement with ``parameters()``."""

_APPEND = text(f"SELECT {APPEND}")
_RECORDED = text("SELECT answer FROM events WHERE case_id = :case_id AND step = :step")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event about to be appended to a case by a step."""

    case: str
    event: Event
    step: str
    actor: Actor
    at: datetime
    answer: str | None = None

    def parameters(self) -> dict[str, object]:
        """Bind values for APPEND."""
        return {
            "event_case": case_uuid(self.case),
            "event_kind": self.case[:3],
            "event_type": type(self.event).__name__,
            "event_step": self.step,
            "event_actor": canonical_json(self.actor.model_dump(exclude_none=True)),
            "event_body": self.event.body(),
            "event_at": self.at,
            "event_answer": self.answer,
        }


async def append(
    tx: Tx,
    *,
    case: str,
    event: Event,
    step: str,
    actor: Actor,
    at: datetime,
    answer: str | None = None,
) -> int:
    """Append one event to a case's chain, opening the case with its first; returns its number.

    ``step`` is unique within the case: a step that already ran breaks the unique constraint
    ``uq_events_case_id_step``, so look it up with ``recorded`` first.
    """
    entry = Entry(case, event, step, actor, at, answer)
    result = await tx.execute(_APPEND, entry.parameters())
    return int(result.scalar_one())


async def recorded(tx: Tx, case: str, step: str) -> str | None:
    """The stored answer of a step that already ran ('' when it stored none), else None."""
    found = await tx.execute(_RECORDED, {"case_id": case_uuid(case), "step": step})
    row = found.one_or_none()
    return None if row is None else (row.answer or "")
