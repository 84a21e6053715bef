"""Risk rules as CEL text (Common Expression Language), evaluated fail-closed.

The package raises a plain Python exception on every fault tried: unknown name, wrong type, null in
a comparison, overflow, division by zero, bad pattern. Three things it lets through silently are
stopped here: equality between different types is simply false, so a rule must prove itself on an
example that it hits; a value that is no truth value is not 'false' but a fault; ``has(x.y)`` and
the list macros bring names of their own, and names that are not facts of a lot are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import cel

from services.kernel.canonical import name_key, plate_key
from services.kernel.refusal import Refusal, Refused
from services.risk.domain import refusals
from services.risk.domain.model import LotFacts
from services.risk.domain.rules.expression_cost import (
    COMPREHENSIONS_MAX,
    MATCHES_MAX,
    too_costly,
)

LENGTH_MAX: Final = 500
DEPTH_MAX: Final = 20
ALWAYS_HITS: Final = "ALWAYS_HITS"
NEVER_HITS: Final = "NEVER_HITS"

SPECIMEN: Final = LotFacts(
    port="DX",
    customs_office="7203",
    party="group:DX-G000",
    direction="I",
    hs_code="08013100",
    origin="VN",
    shipped_from="VN",
    perishable=False,
    net_g=1_000_000,
    gross_g=1_050_000,
    value_minor=700_000,
    currency="CNY",
    ticket_count=1,
    pieces=20,
    seller="VN-S000",
    seller_bank_bic="BFTVVNVX",
    vehicle_plate="桂P00000",
)
"""An unremarkable lot. A proposer's example changes what makes the rule hit."""


class Unevaluable(Exception):
    """A rule that gave no truth value; the case goes to a person."""


@lru_cache(maxsize=1024)
def compiled(text: str) -> cel.Program:
    """The program of an expression. Raises Unevaluable."""
    if len(text) > LENGTH_MAX or _depth(text) > DEPTH_MAX:
        raise Unevaluable("the expression is too long or too deeply nested")
    if costly := too_costly(text):
        raise Unevaluable(costly)
    try:
        return cel.compile(text)
    except Exception as error:
        raise Unevaluable(str(error)) from error


def truth(text: str, variables: Mapping[str, Any]) -> bool:
    """Whether the expression is true for these facts. Raises Unevaluable, never guesses."""
    try:
        value = compiled(text).execute(dict(variables))
    except Unevaluable:
        raise
    except Exception as error:
        raise Unevaluable(f"{type(error).__name__}: {error}") from error
    if value is True or value is False:
        return bool(value)
    raise Unevaluable(f"the expression gives {type(value).__name__}, not true or false")


def expression_refusals(text: str, example: Mapping[str, Any]) -> list[Refusal]:
    """Why an expression may not become a rule: unknown names, faults, no hit on its example.

    ``example`` names the facts that make an unremarkable lot one that the rule hits.
    """
    facts = SPECIMEN.variables()
    strange = sorted(set(example) - set(facts))
    if strange:
        return [refusals.RULE_FACTS_UNKNOWN.at("/example", unknown=strange, facts=sorted(facts))]
    if wrong := [n for n, v in example.items() if type(v) is not type(facts[n])]:
        return [refusals.RULE_FACTS_MISTYPED.at("/example", wrong=sorted(wrong))]
    if costly := too_costly(text):
        limits = {"comprehensions": COMPREHENSIONS_MAX, "matches": MATCHES_MAX}
        return [refusals.RULE_TOO_COSTLY.at("/expression", found=costly, **limits)]
    try:
        unknown = sorted(set(compiled(text).variables()) - set(facts))
        if unknown:
            return [
                refusals.RULE_FACTS_UNKNOWN.at("/expression", unknown=unknown, facts=sorted(facts))
            ]
        truth(text, facts)
        seen = facts | _spelled(example)
        if not truth(text, seen):
            named = {"seller": seen["seller"], "vehicle_plate": seen["vehicle_plate"]}
            return [refusals.RULE_WITHOUT_HIT.at("/example", **named)]
    except Unevaluable as fault:
        return [refusals.RULE_INVALID.at("/expression", found=str(fault), facts=sorted(facts))]
    return []


def _spelled(example: Mapping[str, Any]) -> dict[str, Any]:
    """The example's facts as rules see those of lots."""
    forms = {"seller": name_key, "vehicle_plate": plate_key, "first_vehicle_plate": plate_key}
    return {name: forms.get(name, _same)(value) for name, value in example.items()}


def _same(value: Any) -> Any:
    return value


def require_expression(text: str, example: Mapping[str, Any]) -> None:
    """Raises Refused RULE_INVALID, RULE_TOO_COSTLY unless the expression may become a rule."""
    found = expression_refusals(text, example)
    if found:
        raise Refused(*found)


def oddities(text: str, example: Mapping[str, Any], lots: Sequence[Mapping[str, Any]]) -> list[str]:
    """What its proposer and approver are warned of in a sound rule.

    ALWAYS_HITS: it hits the unremarkable lot and every one of these lots, so it chooses nothing.
    NEVER_HITS and an alternative: that half hits neither the example nor any of these lots.
    """
    facts = SPECIMEN.variables()
    found = []
    if all(_hits(text, lot) for lot in (facts, *lots)):
        found.append(ALWAYS_HITS)
    halves = alternatives(text)
    if len(halves) > 1:
        seen = (facts | _spelled(example), *lots)
        silent = (half for half in halves if not any(_hits(half, lot) for lot in seen))
        found.extend(f"{NEVER_HITS}:{half}" for half in silent)
    return found


def alternatives(text: str) -> list[str]:
    """The parts of a rule that ``||`` joins, outside brackets and quotes."""
    parts, depth, quote, begin, place = [], 0, "", 0, 0
    while place < len(text):
        sign = text[place]
        if quote:
            if sign == "\\":
                place += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith("||", place):
            parts.append(text[begin:place].strip())
            begin = place = place + 2
            continue
        place += 1
    return [*parts, text[begin:].strip()]


def _hits(text: str, variables: Mapping[str, Any]) -> bool:
    """Whether it hits; what gives no answer counts as a hit, as in screening."""
    try:
        return truth(text, variables)
    except Unevaluable:
        return True


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest
