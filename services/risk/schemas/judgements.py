"""The judgement on a lot, as its officers read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.clock import instant_shown
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.platform.database import Row


class RuleSeen(BaseModel):
    """A risk rule that chose the lot, and the facts that stand in its condition."""

    rule_id: str
    title: str
    titles: dict[str, str] = Field(description="the title by language, where it is worded in one")
    lane: str
    expression: str
    facts: dict[str, Any] = Field(
        description="by name what the rule saw: weights in grams, sums in minor units"
    )
    unknown: list[str] = Field(description="facts of which the lot said nothing")


class ControlSeen(BaseModel):
    """On what a control was set that reached the lot, and why."""

    kind: str
    value: str
    grounds: str


class ReasonSeen(BaseModel):
    """A reason for which a lot was chosen; of a rule or a control, what that saw."""

    reason: str
    rule: RuleSeen | None = Field(description="null too of a judgement that kept nothing of it")
    control: ControlSeen | None


class GoodsDraw(BaseModel):
    """The draw of a lot: it is chosen where the value lies below the rate."""

    seed_id: str
    value: str
    rate: str | None
    selected: bool


class CalledIn(BaseModel):
    """An officer wanted the lot inspected, whatever its judgement said, and on what grounds."""

    lane: str
    grounds: str
    called_by: str = Field(description="the officer, by id")
    called_at: Moment
    order_id: str | None = Field(
        description="the order opened by it; null where it was screened with the lot"
    )


class JudgementAnswer(BaseModel):
    """Why a lot was given its lane."""

    lot_id: str
    port: str
    lane: str
    reasons: list[ReasonSeen]
    called_in: list[CalledIn] = Field(description="by officers' word, the first one first")
    draw: GoodsDraw
    credit_level: str = Field(description="the level that counted, of whoever has a part in it")
    rule_book_version: int
    screened_at: Moment


def judgement_answer(row: Row) -> dict[str, Any]:
    """A judgement with what each of its reasons saw."""
    seen = {one["reason"]: one for one in row.seen or ()}
    return {
        "lot_id": show("lot", row.lot_id),
        "port": row.port,
        "lane": row.lane,
        "reasons": [
            {
                "reason": reason,
                "rule": _rule(seen.get(reason), row.rules or {}),
                "control": (row.controls or {}).get(reason),
            }
            for reason in row.reasons
        ],
        "called_in": [_called(one) for one in row.called_in],
        "draw": {
            "seed_id": show("sed", row.seed_id),
            "value": f"{row.draw_value:f}",
            "rate": None if row.rate is None else f"{row.rate:f}",
            "selected": row.selected,
        },
        "credit_level": row.credit_level,
        "rule_book_version": row.rule_book_version,
        "screened_at": instant_shown(row.screened_at),
    }


def _called(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "called_at": instant_shown(datetime.fromisoformat(one["called_at"]))}


def _rule(seen: dict[str, Any] | None, worded: dict[str, Any]) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        **worded[seen["rule_id"]],
        "rule_id": seen["rule_id"],
        "facts": seen["facts"],
        "unknown": seen["unknown"],
    }
