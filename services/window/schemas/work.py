"""Public answers of the work list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.platform.database import Row
from services.platform.words import translated, word
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
    own: bool = Field(description="on your own desk, and yours to do; else others do it too")
    waits_for: str | None = Field(
        description="who does it instead of you, who are to know of it: a holder, such as customs"
    )
    since: str
    age_s: int
    due_at: Moment | None
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


def work_item(
    row: Row, kinds: Kinds, now: datetime, language: str, reader: Actor
) -> dict[str, Any]:
    """A piece of work, said in the language of whoever it waits for."""
    kind = kinds[row.kind]
    wait = kind.states.wait(row.code)
    another = wait.brought_by_another(reader.party_kind)
    return {
        **_item(row, kind.name, row.kind, translated(wait.detail, language), now),
        "own": row.rank == 0 and another is None,
        "waits_for": another,
    }


def office_item(row: Row, now: datetime, language: str) -> dict[str, Any]:
    """What waits for another person of an office, any but whoever took the step before."""
    detail = word(row.code, "to_second", language)
    return {**_item(row, row.kind, row.prefix, detail, now), "own": False, "waits_for": None}


def _item(row: Row, kind: str, prefix: str, detail: str, now: datetime) -> dict[str, Any]:
    return {
        "case_id": show(prefix, row.case_id),
        "kind": kind,
        "state": row.state,
        "version": row.version,
        "reference": row.reference,
        "port": row.port,
        "code": row.code,
        "detail": detail,
        "since": rfc3339(row.since),
        "age_s": max(0, int((now - row.since).total_seconds())),
        "due_at": instant_shown(row.due_at),
        "overdue": row.due_at is not None and row.due_at <= now,
    }
