"""Numbers as people type them, by the language of the page on which they do.

A page writes 1.800,00 in Vietnamese and 1,800.00 in Chinese and English, and reads what is typed
the same way. The interface takes plain digits with a point, 1800.00. What could be two numbers is
the one that the page's language means. What can be one number alone is that one, in whichever marks
it stands. Anything else is no number: it is sent so that the interface refuses it, and its refusal
says how this page writes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from typing import Any, Final

from services.kernel.mistakes import NUMBER_PLAIN, NUMBER_TEXT
from services.kernel.refusals import AMOUNT_INVALID, WEIGHT_INVALID
from services.platform import words
from services.platform.language import CHINESE, ENGLISH, VIETNAMESE
from services.portal.rendering import macros

FIELDS: Final = frozenset(
    {
        *("net_kg", "gross_kg", "pieces", "value", "total_kg", "rated_load_kg", "tare_kg"),
        *("mid", "bid", "ask", "volume", "amount", "wanted_kg", "unit_price"),
        *("received_kg", "found_kg", "net", "loss_rate", "product_kg", "scrap_kg", "closing_kg"),
        *("count", "documents", "fines", "overlap_hours", "rota_order", "yearly_capacity_kg"),
    }
)
"""The fields that hold a number, in whichever form they stand."""
_WORDS_IN: Final[Mapping[str, frozenset[str]]] = {
    "/portal/law/": frozenset({"value"}),
    "/portal/controls": frozenset({"value"}),
    "/portal/screening": frozenset({"value"}),
}
"""Forms under an address in which a field of that name holds no number, but words or a code."""
_MARKS: Final = {CHINESE: (",", "."), ENGLISH: (",", "."), VIETNAMESE: (".", ",")}
"""By language what parts thousands, and what begins the decimals."""
_HALF_WIDTH: Final[Mapping[int, int | str]] = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u3002\uff61"), "."),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
}
"""What a Chinese keyboard types, and spaces that do not break, as what a number is written in."""
_GROUP: Final = 3
_IN_GROUPS: Final = r"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
_NO_NUMBER: Final = "?"
"""Behind what is sent although it is none, so that nobody takes it for one."""


def is_number(path: str, name: str) -> bool:
    """Whether a field of a form holds a number; a row's or a list's by its last or first part."""
    if any(name in names for under, names in _WORDS_IN.items() if path.startswith(under)):
        return False
    parts = name.split(".")
    return parts[0] in FIELDS or parts[-1] in FIELDS


def read(text: str, language: str) -> str | None:
    """The number as the interface takes it, with the decimals that were typed; None of what is none
    or could not be told for sure."""
    typed = text.translate(_HALF_WIDTH).strip()
    sign, typed = (typed[0], typed[1:]) if typed[:1] in ("-", "+") else ("", typed)
    if not typed.isascii():
        return None
    group, point = _MARKS[language]
    found = _own(typed, group, point) or _of_others(typed, point, group)
    return None if found is None else sign + found


def plain(text: str, language: str) -> str:
    """The same, for a request: of what is no number, what the interface refuses as none. Nothing
    stays nothing."""
    found = read(text, language)
    return found if found is not None else text and text + _NO_NUMBER


def written(value: object, language: str) -> str:
    """A number of the interface as a field of a page shows it, to be read back as the same."""
    return words.number(value, language)


def ungrouped(number: str, language: str) -> str:
    """A number in plain digits with the decimal mark of a language, as a cell of a table has it."""
    return number.replace(".", _MARKS[language][1])


def hinted(body: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A refusal as a page says it: how this page writes a number, not how a program sends one."""
    said = {name: _hinted(value, language) for name, value in body.items() if name == "detail"}
    errors = body.get("errors")
    if isinstance(errors, list):
        said["errors"] = [
            {**one, "detail": _hinted(one.get("detail"), language)}
            if isinstance(one, dict)
            else one
            for one in errors
        ]
    return {**body, **said}


def _own(typed: str, group: str, point: str) -> str | None:
    """A number in a language's marks, its thousands parted by their mark, by spaces or not."""
    for mark in ("", group, " "):
        whole = _IN_GROUPS.format(mark=re.escape(mark)) if mark else r"\d+"
        if re.fullmatch(rf"{whole}({re.escape(point)}\d+)?", typed):
            return (typed.replace(mark, "") if mark else typed).replace(point, ".")
    return None


def _of_others(typed: str, group: str, point: str) -> str | None:
    """A number in others' marks that one's own cannot be, where there is no doubt which of them
    begins the decimals: both stand there, or one more than once, or less than a group follows."""
    if typed.count(point) > 1:
        return None
    whole, _, decimals = typed.partition(point)
    if decimals and group not in whole:
        sure = len(decimals) < _GROUP or whole == "0"
    else:
        sure = bool(decimals) or whole.count(group) > 1
    return _own(typed, group, point) if sure else None


def _hinted(detail: Any, language: str) -> Any:
    return _said(language).get(detail, detail) if isinstance(detail, str) else detail


@cache
def _said(language: str) -> Mapping[str, str]:
    """What is said to programs of how a number is written, and what to the reader of a page."""
    group, point = _MARKS[language]
    how = macros("_numbers.html", language).how(written("1800.50", language), group, point)
    said = {
        words.say(reason.sentence, {}, language): unescape(str(how)).strip()
        for reason in (NUMBER_PLAIN, NUMBER_TEXT)
    }
    for reason, example in ((WEIGHT_INVALID, "147.7"), (AMOUNT_INVALID, "7934.00")):
        sentence = words.say(reason.sentence, {}, language)
        said[sentence] = sentence.replace(example, written(example, language))
    return said
