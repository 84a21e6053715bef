"""Texts that are almost the same: a letter more, less or another, or two in each other's place.

Numbers are no letters: the first and the second of two things are not misspelt, they are two.
"""

from __future__ import annotations

import re
from typing import Final

LETTERS_MIN: Final = 5
"""Of a shorter name every other letter makes another name."""

NUMBER: Final = "#"
"""What ``numberless`` writes for a number; no canonical name has it."""

# Digits; Chinese numerals, those of accounts and traditional ones too; the stems by which things
# are counted off (甲, 乙); Roman numbers up to 39 as words of their own. Number words of Vietnamese
# are not among them: năm and tám are people's names too. Lists keep hashes made by this, and no
# names: what is changed here is not changed in them.
_NUMBER: Final = re.compile(
    "[0-9〇零一二两三四五六七八九十廿卅百千万亿壹贰叁肆伍陆柒捌玖拾佰仟兩貳參陸萬億甲乙丙丁戊己庚辛壬癸]+"
    r"|\b(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})(?<=[ivx])\b"
)


def alike(one: str, other: str) -> bool:
    """Whether one slip of a pen leads from one canonical name to the other.

    Not where both have a number in that place, of which a slip makes another: 第一 and 第二, A1 and
    A12. A digit that only one of them has is a letter too many like any other.
    """
    return one_edit_apart(one, other) and numberless(one) != numberless(other)


def numberless(text: str) -> str:
    """A canonical text with every number in it left open: equal ones differ in numbers alone."""
    return _NUMBER.sub(NUMBER, text)


def of_a_number(text: str, at: int) -> bool:
    """Whether the letter at this place is part of a number."""
    return any(found.start() <= at < found.end() for found in _NUMBER.finditer(text))


def one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter, or two changed about, makes the other; equal texts are none apart."""
    if one == other:
        return False
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    a, b = one[same:], other[same:]
    swapped = len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b or a == b[1:] or a[1:] == b[1:]
