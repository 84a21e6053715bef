"""A JSON body as it is meant: one value for each name, no number that JSON does not have.

JSON lets a name stand twice and readers take the last; who signs the first and sends the second
would have two documents in one. What is read here is what the request is known again by, so that
the order of names, escapes and spaces make no other request of it.
"""

from __future__ import annotations

import json
from collections import Counter
from math import isfinite
from typing import Any, Final, NoReturn

from services.kernel.mistakes import NAME_TWICE, NO_JSON_NUMBER
from services.kernel.refusal import Refusal, Refused, pointed

_SHOWN_MAX: Final = 64


class _Twice(dict[str, Any]):
    """An object in which a name stands more than once."""

    names: tuple[str, ...] = ()


def json_value(body: bytes) -> Any:
    """What a body says. Raises ValueError or RecursionError when it is no JSON.

    Raises Refused REQUEST_INVALID, pointing at every name that stands twice, and for NaN.
    """
    found: list[_Twice] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        twice = _Twice(made)
        often = Counter(name for name, _ in pairs)
        twice.names = tuple(name for name, times in often.items() if times > 1)
        found.append(twice)
        return twice

    value = json.loads(
        body, object_pairs_hook=object_of, parse_constant=_no_number, parse_float=_number
    )
    if found:
        raise Refused(*(_given_twice(pointer) for pointer in _places(value, "")))
    return value


def canonical_bytes(value: Any) -> bytes:
    """One text for each value, whatever its names' order, escapes and spaces were."""
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return written.encode()


def _no_number(name: str) -> NoReturn:
    raise Refused(NO_JSON_NUMBER.at(name=name))


def _number(written: str) -> float:
    number = float(written)
    return number if isfinite(number) else _no_number(written[:_SHOWN_MAX])


def _given_twice(pointer: str) -> Refusal:
    return NAME_TWICE.at(pointer)


def _places(value: Any, pointer: str) -> list[str]:
    places = []
    if isinstance(value, _Twice):
        places += [pointer + pointed(name[:_SHOWN_MAX]) for name in value.names]
    if isinstance(value, dict):
        for name, inner in value.items():
            places += _places(inner, pointer + pointed(name[:_SHOWN_MAX]))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            places += _places(inner, f"{pointer}/{place}")
    return places
