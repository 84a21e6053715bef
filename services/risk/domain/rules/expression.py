"""Risk rules as CEL text (Common Expression Language), evaluated fail-closed.

The package raises a plain Python exception on every fault tried: unknown name, wrong type, null in
a comparison, overflow, division by zero, bad pattern. Three things it lets through silently are
stopped here: equality between different types is simply false, so a rule must prove itself on an
example that it hits; a value that is no truth value is not 'false' but a fault; ``has(x.y)`` and
the list macros bring names of their own, and names that are not facts of a lot are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    forms = {"seller": name_key, "vehicle_plate": plate_key}
    return {name: forms.get(name, _same)(value) for name, value in example.items()}


def _same(value: Any) -> Any:
    return value


def require_expression(text: str, example: Mapping[str, Any]) -> None:
    """Raises Refused RULE_INVALID, RULE_TOO_COSTLY unless the expression may become a rule."""
    found = expression_refusals(text, example)
    if found:
        raise Refused(*found)


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest
