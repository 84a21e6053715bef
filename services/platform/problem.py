"""Problem details (RFC 9457): one shape for every refusal and every failure.

A refusal is kept without words, by its code, the name of its sentence and its values, and worded
where it leaves, in the language of whoever reads it then. Our own few lines, because the packages
for it put exception text into a 500 answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from services.kernel.clock import rfc3339
from services.kernel.messages import Answer
from services.kernel.refusal import Fact, Reason, Refusal
from services.platform import words

MEDIA_TYPE: Final = "application/problem+json"
MISTAKES_MAX: Final = 100
"""Mistakes of form in one answer: what is written wrongly everywhere is mended by rereading it."""
ERRORS_MAX: Final = 1_000
"""Reasons in one answer: as many as a lot has tickets, for each of which its rule may speak."""
_DETAIL_MAX: Final = 1_000
_TEXT_MAX: Final = 300
_LIST_MAX: Final = 100
_SENTENCE: Final = "sentence"
"""Where a kept refusal names its sentence; worded, it says ``detail`` instead."""


def answer(refusals: Sequence[Refusal], *, at: datetime | None = None, left_out: int = 0) -> Answer:
    """The answer for one or more reasons, to be kept and to be ``worded``; the first names it.

    It shows at most ERRORS_MAX of them, each code at least once, and says how many it leaves out,
    with those that the caller has left out already.
    """
    first = refusals[0].reason
    shown = _shown(refusals)
    body: dict[str, Any] = {
        "status": first.status,
        "code": first.code,
        "at": rfc3339(at or datetime.now(UTC)),
        "errors": [kept(r) for r in shown],
    }
    if left_out := left_out + len(refusals) - len(shown):
        body["errors_left_out"] = left_out
    return Answer(status=first.status, body=body)


def kept(refusal: Refusal) -> dict[str, Any]:
    """A refusal without words, as JSON: what it is, where, of which values, by which rule."""
    error: dict[str, Any] = {
        "code": refusal.code,
        "pointer": _fit(refusal.pointer, _TEXT_MAX),
        _SENTENCE: words.key_of(refusal.reason),
    }
    if refusal.facts:
        error["facts"] = {name: _fit_fact(fact) for name, fact in refusal.facts.items()}
    if refusal.rule:
        error["rule"] = refusal.rule
    return error


def worded(
    body: Mapping[str, Any], language: str, *, request_id: str | None = None
) -> dict[str, Any]:
    """A kept answer as its reader gets it: every refusal in it is said in his language.

    An answer that was accepted may hold one too, as why a price was withheld.
    """
    if "errors" not in body or "code" not in body:
        return {name: _said(value, language) for name, value in body.items()}
    errors = [_said(error, language) for error in body["errors"]]
    problem: dict[str, Any] = {
        "type": f"urn:tradewindow:problem:{body['code']}",
        "title": words.title_of(body["code"], language),
        "status": body["status"],
        "code": body["code"],
        "detail": errors[0]["detail"],
        **{name: value for name, value in body.items() if name not in ("status", "code")},
        "errors": errors,
    }
    return problem if request_id is None else {**problem, "request_id": request_id}


def is_kept(value: Any) -> bool:
    """Whether this is a refusal as it is kept, without its sentence, or a list of such."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) and is_kept(item) for item in value)
    return isinstance(value, dict) and _SENTENCE in value and "code" in value


def _said(value: Any, language: str) -> Any:
    """A kept refusal with its sentence, each of a list of them; anything else as it is."""
    if not is_kept(value):
        return value
    if isinstance(value, list):
        return [_said(item, language) for item in value]
    reason = _reason(value[_SENTENCE], value["code"])
    facts: Mapping[str, Fact] = value.get("facts", {})
    detail = (
        words.title_of(value["code"], language)
        if reason is None
        else words.say(reason.sentence, facts, language)
    )
    said = {name: part for name, part in value.items() if name not in (_SENTENCE, "facts", "rule")}
    said["detail"] = _fit(detail, _DETAIL_MAX)
    return said | {name: value[name] for name in ("facts", "rule") if name in value}


def _reason(key: str, code: str) -> Reason | None:
    """The reason of a kept refusal; its code's own one when the sentence is no longer said."""
    return words.reasons().get(key) or words.reasons().get(code)


def _shown(refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    if len(refusals) <= ERRORS_MAX:
        return refusals
    first_of = {refusal.code: place for place, refusal in reversed(list(enumerate(refusals)))}
    places = sorted(first_of.values())[:ERRORS_MAX]
    chosen = set(places)
    others = (place for place in range(len(refusals)) if place not in chosen)
    places += islice(others, ERRORS_MAX - len(places))
    return [refusals[place] for place in sorted(places)]


def _fit_fact(fact: Fact) -> Fact:
    match fact:
        case str():
            return _fit(fact, _TEXT_MAX)
        case list():
            return [_fit(item, _TEXT_MAX) for item in fact[:_LIST_MAX]]
        case dict():
            return {name: _fit(part, _TEXT_MAX) for name, part in fact.items()}
        case _:
            return fact


def _fit(text: str, most: int) -> str:
    """The text as an answer can carry it: of bounded length, and without halves of characters."""
    whole = text if len(text) <= most else text[: most - 1] + "…"
    return whole.encode("utf-8", "replace").decode()
