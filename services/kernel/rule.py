"""One rule, one name, one source: the registry behind 'which rule, under which law?'."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from services.kernel.refusal import Refusal, Refused

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
Found = Refusal | None | Iterable[Refusal]
"""What a rule that may refuse says: nothing, one reason, or several."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the manual lists it.

    ``source`` names an entry of docs/law.md, ``law`` is the first sentence of the function's
    docstring, ``service`` asks the rule. It is in force from its first day until the day before
    ``until``, when another rule took its place. Where no law came before it, its first day is that
    of the matter itself: no case of an earlier day can be.
    """

    code: str
    source: str
    in_force: date
    law: str
    service: str
    until: date | None = None

    def in_force_on(self, day: date) -> bool:
        """Whether a case of this day is judged by the rule."""
        return self.in_force <= day and (self.until is None or day < self.until)


_EXAMPLES: Final = re.compile(r" \(W\d+(?:, W\d+)*\)")
"""The numbers of worked examples in a docstring: whoever reads the rule has no use for them."""
RULES: Final[dict[str, Rule]] = {}
_CODES: Final[dict[Callable[..., Any], str]] = {}


def rule(code: str, *, source: str, in_force: date, until: date | None = None) -> Callable[[F], F]:
    """Register a pure function as the one implementation of a named rule.

    Refusals that it returns, yields, or raises before it yields, name the rule.
    """

    def register(function: F) -> F:
        if code in RULES:
            raise ValueError(f"rule {code} is defined twice")
        law = _EXAMPLES.sub("", (function.__doc__ or "").strip().splitlines()[0])
        service = function.__module__.split(".")[1]
        RULES[code] = Rule(code, source, in_force, law, service, until)
        named = _naming(function, code)
        _CODES[named] = code
        return named

    return register


def rule_of(function: Callable[..., Any]) -> Rule:
    """The rule that a function is. Raises KeyError for one that is none."""
    return RULES[_CODES[function]]


def asked(
    day: date, function: Callable[P, Found], /, *args: P.args, **kwargs: P.kwargs
) -> list[Refusal]:
    """What a rule says of a case of this day: nothing when it was not in force then."""
    if not rule_of(function).in_force_on(day):
        return []
    found = function(*args, **kwargs)
    match found:
        case None:
            return []
        case Refusal():
            return [found]
        case _:
            return list(found)


def _naming(function: F, code: str) -> F:
    """The function, whose refusals say by which rule they are."""

    @wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:
        try:
            return _named(function(*args, **kwargs), code)
        except Refused as refused:
            raise Refused(*(refusal.by(code) for refusal in refused.refusals)) from None

    return cast("F", named)


def _named(result: Any, code: str) -> Any:
    match result:
        case Refusal():
            return result.by(code)
        case list() if result and all(isinstance(item, Refusal) for item in result):
            return [item.by(code) for item in result]
        case Generator():
            return (item.by(code) if isinstance(item, Refusal) else item for item in result)
        case _:
            return result
