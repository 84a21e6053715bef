"""What callers send for and get of papers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.documents.domain.papers import PaperKind, in_groups
from services.kernel.clock import business_day
from services.kernel.fields import Identifier, Moment, Request
from services.kernel.identifiers import show
from services.platform.database import Row

Language = Literal["zh-CN", "vi", "en"]


class PaperRequest(Request):
    """Which paper of which case, in which language."""

    kind: PaperKind
    about: Annotated[Identifier, Field(description="the case: lot_…, ins_…, stl_…, aeo_…, bok_…")]
    language: Language


class PaperAnswer(BaseModel):
    """A paper that was issued; asked for again while nothing has changed, the same one."""

    paper_no: str
    kind: PaperKind
    about: str
    language: Language
    issued_at: Moment
    digest: str = Field(description="SHA-256 of the file, hexadecimal")
    address: str = Field(description="where anybody may ask whether it still stands")


class StandingAnswer(BaseModel):
    """Whether a paper is genuine and still stands; it names nobody and no case."""

    paper_no: str
    kind: PaperKind
    port: str | None
    issued_on: date
    standing: Literal["VALID", "REPLACED"]
    digest: str = Field(description="SHA-256 that the file has if nobody has changed it")


class PassLot(BaseModel):
    """The lot that a pass is of, for the gate at which it is shown."""

    paper_no: str
    lot_id: str


def pass_lot(row: Row) -> dict[str, Any]:
    """The lot of a pass."""
    return {"paper_no": in_groups(row.paper_no.hex), "lot_id": show(row.case_kind, row.case_id)}


def paper_answer(row: Row, address: str) -> dict[str, Any]:
    """A paper as it was issued."""
    return {
        "paper_no": in_groups(row.paper_no.hex),
        "kind": row.kind,
        "about": show(row.case_kind, row.case_id),
        "language": row.language,
        "issued_at": row.issued_at,
        "digest": row.digest.hex(),
        "address": address,
    }


def standing_answer(row: Row, *, stands: bool) -> dict[str, Any]:
    """What anybody may know of a paper whose number he has."""
    return {
        "paper_no": in_groups(row.paper_no.hex),
        "kind": row.kind,
        "port": row.port,
        "issued_on": business_day(row.issued_at),
        "standing": "VALID" if stands else "REPLACED",
        "digest": row.digest.hex(),
    }
