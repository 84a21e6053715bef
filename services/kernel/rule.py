"""One rule, one name, one source: the registry behind 'which rule, under which law?'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the manual lists it. ``law`` is the first line of the function's docstring."""

    code: str
    source: str
    in_force: date
    law: str


RULES: Final[dict[str, Rule]] = {}


def rule(code: str, *, source: str, in_force: date) -> Callable[[F], F]:
    """Register a pure function as the one implementation of a named rule."""

    def register(function: F) -> F:
        if code in RULES:
            raise ValueError(f"rule {code} is defined twice")
        law = (function.__doc__ or "").strip().splitlines()[0]
        RULES[code] = Rule(code, source, in_force, law)
        return function

    return register
