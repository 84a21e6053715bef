"""Entries of the screening lists as they are filed, ended and shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Moment, Reference, Remark, Request
from services.kernel.identifiers import show
from services.platform.database import Row

# Not among the words that are kept: a resident is named by number, and only a hash of it stays.
Screened = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]


class ScreeningEntryRequest(Request):
    """A name, or a resident by number, for a screening list. Only a hash of it is kept."""

    list_name: Reference
    reference: Reference
    kind: Literal["NAME", "RESIDENT"]
    value: Screened


class EntryEndingRequest(Request):
    """A person of the bank's compliance signs that an entry ends, and why; it takes two."""

    remark: Annotated[Remark, Field(min_length=1)]


class ScreeningEntryAnswer(BaseModel):
    """An entry of a screening list, without what it stands for."""

    entry_id: str
    list_name: str
    reference: str
    kind: str
    bank_bic: str | None = Field(
        default=None, description="whose payments it holds; null: every bank's"
    )


class ListedEntry(ScreeningEntryAnswer):
    """An entry as it stands: who added it, who wants it ended and why, since when it has ended."""

    version: int
    sample: bool
    added_by: str
    added_at: Moment
    ending_by: str | None
    ending_at: Moment | None
    remark: str | None
    ended_by: str | None
    ended_at: Moment | None


def entry_answer(row: Row) -> dict[str, Any]:
    """An entry as it is shown."""
    return {
        "entry_id": show("scn", row.entry_id),
        "list_name": row.list_name,
        "reference": row.reference,
        "kind": row.kind,
        "bank_bic": row.bank_bic,
        "version": row.version,
        "sample": row.sample,
        "added_by": row.added_by,
        "added_at": rfc3339(row.added_at),
        "ending_by": row.ending_by,
        "ending_at": instant_shown(row.ending_at),
        "remark": row.ending_remark,
        "ended_by": row.ended_by,
        "ended_at": instant_shown(row.ended_at),
    }
