"""A lot's shares as a clerk types them, one a line: a number alone, or number, weight, value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from services.portal import numbers
from services.portal.split import evenly

SHARES_MAX: Final = 1_000
_COLUMNS: Final = re.compile(r"[\t;\uff1b\u3001]")
"""What parts fields and stands in no number."""
_LISTED: Final = re.compile(r"[,\uff0c]\s+")
_SPACES: Final = re.compile(r"\s+")
_COMMAS: Final = (",", "\uff0c")
_BETWEEN: Final = re.compile(r"[,\uff0c\s]")
"""What may part fields, or stand inside a number."""
_LINE: Final = re.compile(r"([^\s,;\uff0c\uff1b\u3001]+)(.*)", re.DOTALL)
_AROUND: Final = " \t,;\uff0c\uff1b\u3001\u3000"


def shares(lines: str, net_kg: str, value: str, language: str) -> list[dict[str, str]]:
    """The shares of a lot whose weight and value stand in plain digits; what is typed of a share is
    read as the page's language writes numbers.

    Where all lines are numbers alone, weight (grams) and value (fen) are split evenly, and what
    does not divide goes, one unit each, to the first ones: the shares sum to the lot.
    """
    rows = [row for row in map(_parted, lines.splitlines()) if row is not None][:SHARES_MAX]
    if rows and not any(rest for _, rest in rows):
        weights = evenly(net_kg, 3, len(rows))
        values = evenly(value, 2, len(rows))
        return [
            {"resident_no": number, "net_kg": kg, "value": yuan}
            for (number, _), kg, yuan in zip(rows, weights, values, strict=True)
        ]
    return [_share(number, rest, language) for number, rest in rows]


def _parted(line: str) -> tuple[str, str] | None:
    """The resident's number and what follows it; None of an empty line."""
    found = _LINE.fullmatch(line.strip(_AROUND))
    return None if found is None else (found[1], found[2])


def _share(number: str, rest: str, language: str) -> dict[str, str]:
    weight, value = _two(rest, language)
    return {
        "resident_no": number,
        "net_kg": numbers.plain(weight, language),
        "value": numbers.plain(value, language),
    }


def _two(rest: str, language: str) -> tuple[str, str]:
    """Weight and value as they were typed. Where it could be told in two ways which is which, all
    of it is the weight, and no number."""
    inner = rest.strip(_AROUND)
    columns = [cell.strip(_AROUND) for cell in _COLUMNS.split(inner)]
    if len(columns) > 1:
        return columns[0], columns[1]
    for parts in (_LISTED, _SPACES):
        cells = [cell.strip(_AROUND) for cell in parts.split(inner)]
        if len(cells) == 2:
            return cells[0], cells[1]
    found = [*_splits(inner, language)]
    if rest[:1] not in _COMMAS and numbers.read(inner, language):
        # Where no comma follows the resident's number, one may stand inside of a number.
        found.append((inner, ""))
    return found[0] if len(found) == 1 else (inner, "")


def _splits(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Every way in which a text is two numbers."""
    for mark in _BETWEEN.finditer(text):
        pair = text[: mark.start()].strip(), text[mark.end() :].strip()
        if all(numbers.read(one, language) for one in pair):
            yield pair
