"""A list's statement with only those conditions that are asked of it.

A filter that may be left out stands in the text as ``ASKED(lot_id = :lot_id)``: it is asked when
its value is given, and is no part of the statement otherwise. Where it names several values, that
which decides stands before it: ``ASKED(late: (due_on < :today) = :late)``. So the database plans
what is asked, and an index serves it, where ``:lot_id IS NULL OR …`` would be one plan for all.
Each combination is built once, and prepared once on each connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import TextClause, text

_OPENING: Final = "ASKED("
_PLACE: Final = re.compile(r"(?<![:\w]):(\w+)")
_DECIDING: Final = re.compile(r"(\w+): ")


@dataclass(frozen=True, slots=True)
class _Condition:
    sql: str
    name: str
    """Of the value that decides whether it is asked."""


class Filtered:
    """A statement's text with conditions of which each may be asked or not."""

    __slots__ = ("_built", "_names", "_parts")

    def __init__(self, sql: str) -> None:
        self._parts = tuple(_parts(sql))
        self._names = frozenset(part.name for part in self._parts if isinstance(part, _Condition))
        if not self._names:
            raise ValueError("a statement without a condition that may be left out is a text")
        self._built: dict[frozenset[str], TextClause] = {}

    def as_asked(self, values: Mapping[str, Any]) -> TextClause:
        """The statement for these values, None being what is not asked.

        Raises KeyError when a condition's value is not among them: what narrows a list to those
        who may read it is never left out by forgetting it.
        """
        given = frozenset(name for name in self._names if values[name] is not None)
        built = self._built.get(given)
        if built is None:
            built = self._built[given] = text("".join(_said(part, given) for part in self._parts))
        return built


def _said(part: str | _Condition, given: frozenset[str]) -> str:
    if isinstance(part, str):
        return part
    return f"({part.sql})" if part.name in given else "true"


def _parts(sql: str) -> Iterator[str | _Condition]:
    """The text between conditions, and the conditions, in their order."""
    head, *marked = sql.split(_OPENING)
    yield head
    for piece in marked:
        end = _closing(piece)
        yield _condition(piece[:end])
        yield piece[end + 1 :]


def _condition(said: str) -> _Condition:
    deciding = _DECIDING.match(said)
    if deciding:
        return _Condition(said[deciding.end() :], deciding[1])
    names = set(_PLACE.findall(said))
    if len(names) != 1:
        raise ValueError(f"which value decides whether this is asked? {said}")
    return _Condition(said, names.pop())


def _closing(piece: str) -> int:
    """Where the bracket closes that was open before the text. Raises ValueError."""
    depth = 1
    for place, letter in enumerate(piece):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return place
    raise ValueError(f"a condition without an end: {piece}")
