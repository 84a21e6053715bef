"""The note that a refused act leaves on the case that its address names.

It says who tried what and why not, for those who answer for the case; it changes nothing. Noted is
what the law or the state of the case refuses. Never noted is what says nothing of the case: a
mistake of form, a reading that was old, somebody who may not act here at all, and whatever a
caller can bring about on a case that is not his to see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.kernel.identifiers import case_uuid, is_case
from services.kernel.messages import Actor
from services.kernel.mistakes import REQUEST_INVALID
from services.kernel.notes import ActRefused, ReasonNoted
from services.kernel.refusal import Fact, Refusal
from services.kernel.refusals import IDEMPOTENCY_KEY_REUSED, IN_PROGRESS
from services.platform import words
from services.platform.visibility import readers_of, resident_of

NOTED: Final = frozenset({409, 422})
"""The statuses of what the law or the state of a case refuses."""
REASONS_MAX: Final = 20
_SAYS_NOTHING: Final = frozenset(
    r.code for r in (REQUEST_INVALID, IDEMPOTENCY_KEY_REUSED, IN_PROGRESS)
)
_FIGURE: Final = re.compile(
    r"-?\d{1,10}(\.\d{1,10})?%?|\d{4}-\d{2}-\d{2}(T[0-9:.]{5,15}(Z|[+-]\d{2}:\d{2}))?"
)
"""A number too short to be anybody's, a day or an instant."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The act that was asked for: by the name of its route, on the case in its address."""

    act: str
    case: str


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be noted, on which case, and as which of its readers the actor may see it."""

    case: UUID
    kind: str
    event: ActRefused
    readers: Sequence[str]
    resident: UUID | None


def note_of(tried: Tried | None, actor: Actor, refusals: Sequence[Refusal]) -> Note | None:
    """The note that a refusal leaves, None for one that leaves none."""
    if tried is None or not _of_the_case(refusals[0]):
        return None
    reasons = {(r.code, r.rule): _noted(r) for r in reversed(refusals) if _of_the_case(r)}
    told = tuple(reversed(reasons.values()))[:REASONS_MAX]
    event = ActRefused(act=tried.act, code=refusals[0].code, reasons=told)
    kind = tried.case[:3]
    return Note(case_uuid(tried.case), kind, event, readers_of(actor), resident_of(actor))


def _of_the_case(refusal: Refusal) -> bool:
    return refusal.reason.status in NOTED and refusal.code not in _SAYS_NOTHING


def _noted(refusal: Refusal) -> ReasonNoted:
    told = ((name, _told(fact)) for name, fact in refusal.facts.items())
    values = {name: value for name, value in told if value is not None}
    return ReasonNoted(code=refusal.code, rule=refusal.rule or None, values=values)


def _told(fact: Fact) -> Any:
    """A value as far as it holds nothing that a person may have typed; None when it may."""
    match fact:
        case int():
            return fact
        case str():
            return fact if _is_ours(fact) else None
        case list():
            return [item for item in fact if _is_ours(item)] or None
        case _:
            return fact if set(fact) == {"amount", "currency"} else None


def _is_ours(text: str) -> bool:
    known = any(text in codes for codes in words.vocabularies().values())
    return known or bool(_FIGURE.fullmatch(text) or is_case(text))
