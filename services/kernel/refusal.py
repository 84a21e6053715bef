"""Business refusals: expected answers with a stable code, never bugs.

A reason is stated once, in the table of the service that gives it (``domain/refusals.py``, and
``services/kernel/refusals.py`` for what every service may say). A refusal is that reason with a
place in the request and its values kept apart, so that it can be said in any language, also later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

from services.kernel.clock import rfc3339

PLACE: Final = re.compile(r"\{([a-z_]+)(?::([a-z_]+))?\}")
"""A named place of a sentence: ``{left:kg}``. Without a kind its value is shown as it is."""
FORMS: Final = frozenset({"", "money", "kg", "day", "instant", "number", "of_case"})
"""Kinds of a place; any other kind names the vocabulary in which its code is looked up.

A place ``of_case`` holds a state or an act, in the vocabulary that the place ``case`` names.
"""


class Sum(Protocol):
    """A sum of money, as a value of a sentence."""

    @property
    def amount(self) -> str: ...
    @property
    def currency(self) -> str: ...


Value = str | int | Decimal | date | Sum | Sequence[str] | Mapping[str, str]
Fact = str | int | list[str] | dict[str, str]
"""A value as JSON has it: weights, days and instants as text, a sum as amount and currency."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may be refused: a code, its HTTP status and what a person is told.

    ``title`` says in a few words what is wrong, ``sentence`` what is wrong and what to do, with
    named places. A code has one status and one title; it may have several sentences, told apart by
    ``name``. Neither ever holds a name or an identity number.
    """

    code: str
    status: int
    title: str
    sentence: str
    name: str = ""

    @property
    def places(self) -> dict[str, str]:
        """The named places of the sentence, each with its kind."""
        return places_of(self.sentence)

    def also(self, name: str, sentence: str) -> Reason:
        """Another sentence of the same code."""
        return replace(self, name=name, sentence=sentence)

    def at(self, pointer: str = "", /, **values: Value) -> Refusal:
        """The refusal for this reason.

        ``pointer`` is a JSON pointer (RFC 6901) into the caller's request, '' for the whole of it.
        Values that the sentence does not name are facts for programs.
        """
        return Refusal(self, pointer, {name: _fact(value) for name, value in values.items()})


def places_of(sentence: str) -> dict[str, str]:
    """The named places of a sentence, each with its kind."""
    return dict(PLACE.findall(sentence))


def _fact(value: Value) -> Fact:
    match value:
        case str():
            return str(value)
        case int():
            return value
        case Decimal():
            return f"{value:f}"
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {name: str(part) for name, part in value.items()}
        case Sequence():
            return [str(item) for item in value]
        case _:
            return {"amount": value.amount, "currency": value.currency}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why something is refused, here and now; ``rule`` made it, '' when no rule did."""

    reason: Reason
    pointer: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    rule: str = ""

    @property
    def code(self) -> str:
        """The stable code, which programs decide on."""
        return self.reason.code

    def to(self, pointer: str) -> Refusal:
        """The same refusal, pointing somewhere else in the request."""
        return replace(self, pointer=pointer)

    def by(self, rule: str) -> Refusal:
        """The same refusal, made by a rule; the rule that saw it first keeps it."""
        return self if self.rule else replace(self, rule=rule)


def pointed(*path: object) -> str:
    """The JSON pointer (RFC 6901) that goes down these names and numbers."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class Refused(Exception):
    """Raised by commands to refuse a request with one or more reasons; nothing was changed."""

    def __init__(self, *refusals: Refusal) -> None:
        if not refusals:
            raise ValueError("a refusal needs at least one reason")
        super().__init__(", ".join(r.code for r in refusals))
        self.refusals = refusals

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reasons, in the order found."""
        return tuple(r.code for r in self.refusals)


class Mistake(ValueError):
    """Raised where a field of a request is read: what is wrong with its value.

    Whoever reads the request adds where it stands.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.sentence)
        self.refusal = refusal


def refuse_if_any(refusals: Iterable[Refusal]) -> None:
    """Raise Refused with all reasons found; return when there are none."""
    found = tuple(refusals)
    if found:
        raise Refused(*found)
