"""A legal parameter's value in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from services.kernel.refusal import Fact
from services.law.domain.parameters import PARAMETERS, UNITS
from services.platform import words

_NAMED_MAX: Final = 8
"""A list that is longer is counted; it stands whole in the value."""
_HUNDRED: Final = Decimal(100)


def value_says(key: str, value: Any, language: str) -> str:
    """A value with its unit; as it is filed where it is not of its unit's kind."""
    _, unit = PARAMETERS.get(key, ("", ""))
    try:
        if value is None:
            return words.word("none", "unit", language)
        if unit == "list" and len(value) <= _NAMED_MAX:
            return words.filled("{n}", {"n": value}, language)
        said = [_said(unit, facts, language) for facts in _facts(unit, value)]
        return words.filled("{n}", {"n": said}, language)
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _said(unit: str, facts: Mapping[str, Fact], language: str) -> str:
    one = f"{unit}_1"
    unit = one if facts.get("n") in (1, "1") and one in UNITS else unit
    if unit not in UNITS:
        raise KeyError(unit)
    return words.filled(words.word(unit, "unit", language), facts, language)


def _facts(unit: str, value: Any) -> Iterator[dict[str, Fact]]:
    """What a unit's words need of a value: one set, or one for each grounds."""
    match unit:
        case "by_grounds":
            yield from ({"ground": ground, "n": months} for ground, months in value.items())
        case "calendar":
            yield {name: len(value[name]) for name in ("closed", "worked")}
        case "offences":
            yield {"rate": _percent(value["rate"]), "fines": value["fines_cny"]}
        case "list":
            yield {"n": len(value)}
        case "percent" | "percent_a_day":
            yield {"n": _percent(value)}
        case _:
            yield {"n": value}


def _percent(share: Any) -> str:
    """A share of one as a number of hundredths, exact, without zeros at its end."""
    return f"{(Decimal(str(share)) * _HUNDRED).normalize():f}"
