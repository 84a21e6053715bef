"""One rule, one name, one source: the registry behind 'which rule, under which law?'."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final, TypeVar, cast

from services.kernel.refusal import Refusal, Refused

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the manual lists it.

    ``source`` names an entry of docs/law.md, ``law`` is the first sentence of the function's
    docstring, ``service`` asks the rule.
    """

    code: str
    source: str
    in_force: date
    law: str
    service: str


RULES: Final[dict[str, Rule]] = {}


def rule(code: str, *, source: str, in_force: date) -> Callable[[F], F]:
    """Register a pure function as the one implementation of a named rule.

    Refusals that it returns, yields or raises name the rule.
    """

    def register(function: F) -> F:
        if code in RULES:
            raise ValueError(f"rule {code} is defined twice")
        law = (function.__doc__ or "").strip().splitlines()[0]
        service = function.__module__.split(".")[1]
        RULES[code] = Rule(code, source, in_force, law, service)
        return _naming(function, code)

    return register


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
