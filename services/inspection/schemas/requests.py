"""Requests of the inspection API: an unknown field is a mistake, not a wish.

Free text names nobody by number: whoever may see the case or the rule reads it. No event and no
workflow carries it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    Field,
)

from services.inspection.domain.model import Disposal, Findings, Result
from services.kernel.fields import (
    CountedKilograms,
    Country,
    Grounds,
    HsCode,
    Remark,
    Request,
    Title,
    Whole,
    YesNo,
)
from services.kernel.lanes import Method


class FoundItem(Request):
    """One kind of goods as it was found."""

    hs_code: HsCode
    goods_name: Title
    net_kg: CountedKilograms | None = None
    pieces: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None
    origin: Country | None = None
    sampled: YesNo = False


class FindingsRequest(Request):
    """What a drawn officer found and proposes."""

    method: Method
    results: Annotated[list[Result], Field(min_length=1, max_length=9)]
    disposal: Disposal
    found_kg: CountedKilograms | None = None
    items: Annotated[list[FoundItem], Field(max_length=100, default_factory=list)]
    remark: Remark = ""

    def findings(self) -> Findings:
        """As the rules take it."""
        return Findings(
            method=self.method,
            results=tuple(dict.fromkeys(self.results)),
            disposal=self.disposal,
            found_kg=self.found_kg,
            items=tuple(item.model_dump(mode="json") for item in self.items),
            remark=self.remark,
        )


class WithdrawalRequest(Request):
    """Let a selected lot be withdrawn; both drawn officers ask for it."""

    grounds: Grounds


class RedrawRequest(Request):
    """Draw again because a drawn officer may no longer decide."""

    grounds: Grounds
