"""The pairs of currencies that banks quote at the border (W25)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.kernel.refusal import Refused
from services.kernel.refusals import PAIR_UNKNOWN


@dataclass(frozen=True, slots=True)
class Pair:
    """A currency pair: units of ``quoted`` for one unit of ``base``, shown with ``places``."""

    base: str
    quoted: str
    places: int

    def __str__(self) -> str:
        return f"{self.base}/{self.quoted}"


PAIRS: Final = {"CNY/VND": Pair("CNY", "VND", 2), "CNY/MMK": Pair("CNY", "MMK", 2)}
"""Each by its name, with the decimals of its rates."""


def pair_named(name: str, pointer: str = "/pair") -> Pair:
    """The pair of that name. Raises Refused PAIR_UNKNOWN."""
    pair = PAIRS.get(name)
    if pair is None:
        raise Refused(PAIR_UNKNOWN.at(pointer, pairs=list(PAIRS)))
    return pair


def pair_between(one: str, other: str, pointer: str) -> Pair:
    """The pair that converts between two currencies. Raises Refused PAIR_UNKNOWN."""
    for pair in PAIRS.values():
        if {pair.base, pair.quoted} == {one, other}:
            return pair
    raise Refused(PAIR_UNKNOWN.at(pointer, pairs=list(PAIRS)))
