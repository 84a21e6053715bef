"""Lots of which somebody asks what would be refused, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.declaration.domain.submitted import Sent
from services.declaration.schemas.requests import LotRequest, submission
from services.kernel import at_once
from services.kernel.fields import Request
from services.kernel.refusal import Refusal
from services.platform import problem
from services.platform.vault import Vault


class LotsToCheck(Request):
    """Lots in the order in which they are to be declared, each as it would be sent.

    What they may hold together is bounded by the route's room.
    """

    lots: Annotated[list[LotRequest], Field(min_length=1, max_length=at_once.LOTS)]


class RefusalToCome(BaseModel):
    """Why a lot would be refused, as its refusal would say it; in this answer's language."""

    code: str
    pointer: str = Field(description="into this request: /lots/0/…")
    detail: str
    facts: dict[str, Any] | None = None
    rule: str | None = None


class LotsCheckAnswer(BaseModel):
    """What would be refused now, if the lots were declared one after another."""

    acceptable: list[bool] = Field(description="of each lot, in their order")
    refusals: list[RefusalToCome]


def sent(lot: LotRequest, vault: Vault) -> Sent:
    """A lot as the rules see it."""
    return Sent(submission(lot, vault), whole=not lot.reasons(()))


def check_answer(body: LotsToCheck, found: Sequence[Sequence[Refusal]]) -> dict[str, Any]:
    """The reasons against each lot, those of its tickets' form and of the rules, to be worded."""
    reasons = [lot.reasons(refusals) for lot, refusals in zip(body.lots, found, strict=True)]
    return {
        "acceptable": [not refusals for refusals in reasons],
        "refusals": [
            problem.kept(refusal.to(f"/lots/{place}{refusal.pointer}"))
            for place, refusals in enumerate(reasons)
            for refusal in refusals
        ],
    }
