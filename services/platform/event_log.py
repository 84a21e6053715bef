"""The append-only, hash-linked log of every case; the spine of audit, streams and timelines."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.kernel.events import canonical_json
from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor, Receipt
from services.platform.database import Statements, metadata

cases = Table(
    "cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("state", Text),
    Column("holder", Text),
    Column("reference", Text),
    Column("port", Text),
    Column("lot_id", Uuid),
    Column("readers", ARRAY(Text), nullable=False),
    Column("clock", Text),
    Column("clock_started_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("due_strictly", Boolean, nullable=False),
    Column("clock_stopped_at", DateTime(timezone=True)),
    Column("escalated_at", DateTime(timezone=True)),
    info={"owner": "platform"},
)
"""One row per case, its header: how many events it has and the hash of the last; its version, which
counts those of its owner that change it; whether it has ended; and what is asked of every case:
where it stands, who holds it, its reference, port, readers and clock (``headers.py``)."""

case_waits = Table(
    "case_waits",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    info={"owner": "platform"},
)
"""What a case waits for, on whose desk, since when, until when: the work list. None of a case that
has ended; what has no deadline is due at infinity."""

case_links = Table(
    "case_links",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("linked_id", Uuid, primary_key=True),
    info={"owner": "platform"},
)
"""Which case led to which, in both directions."""

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
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    info={"owner": "platform"},
)
"""One row per event. ``record_act`` is the way in (``act.py``); nothing updates or deletes."""

event_types = Table(
    "event_types",
    metadata,
    Column("type", Text, primary_key=True),
    Column("role", Text),
    Column("changes", Boolean, nullable=False),
    Column("ends", Boolean, nullable=False),
    info={"owner": "platform"},
)
"""Which role appends which type, and what such an event does to its case; the code's own table. A
note has no role: whoever owns a case appends it there."""

case_kinds = Table(
    "case_kinds",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("told_by", ARRAY(Text), nullable=False),
    Column("noted_by", ARRAY(Text), nullable=False),
    info={"owner": "platform"},
)
"""Who owns a kind of case, and which roles may tell such a case to look, and which
others' refused acts are noted on it."""

LOCKED: Final = "lock_case({lot}, {case}) AS header (version)"
"""SQL of an act's first lock, in FROM: the lot's turn, then the case's header and its version.

Whoever may be the last of several facts about a lot (gate, sale, payment, verdict, withdrawal)
takes its turn, and reads what others have recorded in a later statement.
"""


def version_of(case: str) -> str:
    """SQL of a case's version, for a column; 0 of what was filed without a case of its own."""
    return f"coalesce((SELECT version FROM cases WHERE case_id = {case}), 0) AS version"


def locked_version_of(case: str) -> str:
    """The same with the case's header locked, for the statement that locks the row."""
    return f"coalesce(lock_case(NULL, {case}), 0) AS version"


THEN: Final = "CAST(:version AS integer) + 1 AS version"
"""SQL of the version to which an act brings the case that it found at ``:version``."""

_LOCK = text("SELECT lock_case(:lot, :case)")


async def lot_turn(tx: Statements, lot_id: UUID) -> None:
    """Until this transaction ends, nobody else who asks for the lot's turn goes on."""
    await tx.execute(_LOCK, {"lot": lot_id, "case": None})


def who_took(*, case: str, step: str) -> str:
    """SQL of who took a step of a case, for a statement that reads more; see ``actor_as_kept``."""
    return f"(SELECT actor FROM events WHERE case_id = {case} AND step = {step})"


_ACTOR = text(f"SELECT {who_took(case=':case_id', step=':step')}")


def actor_to_keep(actor: Actor, receipt: Receipt | None, *, read_version: int | None = None) -> str:
    """Who acted, as the log keeps it: a person's act with the receipt of the request, and the
    version of the case that he named as read."""
    known: dict[str, Any] = actor.model_dump(exclude_none=True)
    if read_version is not None:
        known["read_version"] = read_version
    if receipt is not None:
        known["receipt"] = receipt.digest.hex()
    return canonical_json(known)


def actor_as_kept(kept: str) -> Actor:
    """Who acted, as the log keeps it: subject and party, of which a row keeps only one."""
    return Actor.model_validate_json(kept)


async def actor_of(tx: Statements, case: str, step: str) -> Actor:
    """Who took a step of a case, which is on record."""
    found = await tx.execute(_ACTOR, {"case_id": case_uuid(case), "step": step})
    return actor_as_kept(found.scalar_one())
