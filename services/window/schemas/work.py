"""Public answers of the work list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.clock import rfc3339
from services.kernel.identifiers import show
from services.platform.database import Row
from services.platform.words import translated
from services.window.schemas import KindName, Kinds


class WorkItem(BaseModel):
    """One thing that waits for you: in which case, what, since when and until when."""

    case_id: str
    kind: KindName
    state: str
    version: int = Field(description="of the case: what is signed upon it names it in If-Match")
    reference: str | None
    port: str | None
    code: str
    detail: str
    own: bool = Field(description="on your own desk; else shared with others at your post")
    since: str
    age_s: int
    due_at: str | None
    overdue: bool


class WorkCount(BaseModel):
    """How much waits in cases of a kind; ``more`` when it is more than was counted."""

    kind: KindName
    count: int
    more: bool


class WorkPage(BaseModel):
    """A page of what waits for you; ``counts`` tell of everything that does."""

    items: list[WorkItem]
    counts: list[WorkCount]
    next_cursor: str | None


def work_item(row: Row, kinds: Kinds, now: datetime, language: str) -> dict[str, Any]:
    """A piece of work, said in the language of whoever it waits for."""
    kind = kinds[row.kind]
    return {
        "case_id": show(row.kind, row.case_id),
        "kind": kind.name,
        "state": row.state,
        "version": row.version,
        "reference": row.reference,
        "port": row.port,
        "code": row.code,
        "detail": translated(kind.states.wait(row.code).detail, language),
        "own": row.rank == 0,
        "since": rfc3339(row.since),
        "age_s": max(0, int((now - row.since).total_seconds())),
        "due_at": None if row.due_at is None else rfc3339(row.due_at),
        "overdue": row.due_at is not None and row.due_at <= now,
    }
