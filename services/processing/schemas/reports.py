"""Reports of products and scrap as they are read, and how one is taken back."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Grounds, Moment, Request
from services.kernel.identifiers import show
from services.kernel.quantity import kilograms_text
from services.platform.database import Row


class ReportShown(BaseModel):
    """A report of products or scrap as it was entered, and whether it was taken back, and why."""

    output_id: str
    kind: Literal["PRODUCT", "SCRAP"]
    hs_code: str
    weight_kg: str
    produced_on: str
    reported_at: Moment
    reference: str | None
    grounds: str | None
    reversed_by: str | None = Field(description="the entry that takes it back")
    reversed_at: Moment | None
    reversal_grounds: str | None

    @classmethod
    def of(cls, row: Row) -> ReportShown:
        """A report as it stands."""
        by = row.reversed_by
        return cls(
            output_id=show("out", row.output_id),
            kind=row.kind,
            hs_code=row.hs_code,
            weight_kg=kilograms_text(row.weight_kg),
            produced_on=row.produced_on.isoformat(),
            reported_at=rfc3339(row.reported_at),
            reference=row.reference,
            grounds=row.grounds,
            reversed_by=None if by is None else show("out", by),
            reversed_at=instant_shown(row.reversed_at),
            reversal_grounds=row.reversal_grounds,
        )


class ReversalBody(Request):
    """Why a report is taken back; it is kept with the entry that does."""

    grounds: Grounds | None = None


class ReversalAnswer(BaseModel):
    """The entry that takes a report back; its weights are negative."""

    book_id: str
    output_id: str
    reverses: str
    hs_code: str
    weight_kg: str
    consumed_kg: dict[str, str]
