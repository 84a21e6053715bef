"""What every service may note in the log of its own cases and of those whose owner lets it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from services.kernel.events import Event


class ReasonNoted(BaseModel):
    """One reason of a refusal, without words."""

    model_config = ConfigDict(frozen=True)
    code: str
    rule: str | None = None
    """The rule that made it, if one did."""
    values: dict[str, Any] = {}
    """Numbers, days, sums, ids of cases and codes of the window's own; nothing that was typed."""


class ActRefused(Event):
    """An act on this case was tried and refused: why, by which rules. Nothing has changed."""

    changes = False

    act: str
    code: str
    reasons: tuple[ReasonNoted, ...]
