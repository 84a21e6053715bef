"""A body means what it says, or is refused: for every field of every route, however new.

The fields are read from the services' own descriptions, so one that is added is tried the same day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.architecture.bodies import BodyField, fields_of
from tests.architecture.callers import Caller, caller
from tests.architecture.routes import Route, bearer, every_route

__all__ = ["caller"]
TAKING = [route for route in every_route() if route.body()]
FIELDS = fields_of(TAKING)
_TAKEN_FOR: dict[str, tuple[Any, ...]] = {
    "boolean": (1, 0, "true", "off", "yes", "1", 1.0),
    "integer": (True, "1", 1.5, "1e3"),
    "string": (1, 1.5, True, ["a"], {"a": "b"}),
    "date": (0, "0", 1795620769, "20261118", "2026-11-18T00:00:00Z", True),
    "date-time": (1795620769, "1795620769", 1.5, "2026-11-18", "2026-11-18T09:00:00", True),
}
"""What a generous reader would take for a value of each kind."""


def _mistaken(field: BodyField) -> Iterator[Any]:
    for value in _TAKEN_FOR.get(field.kind, ()):
        # A fact of an example is text, a number, or yes or no.
        if not (field.place[0] == "example" and isinstance(value, str | int)):
            yield value


async def _sent(caller: Caller, route: Route, *bodies: bytes) -> list[Any]:
    """The answers to these bodies of one caller, to one address, under one key."""
    address = route.address()
    headers = bearer(caller.key, route.role(), route.scopes) | {
        "content-type": "application/json",
        "idempotency-key": str(uuid4()),
    }
    return [
        await caller.http.request(route.method, address, headers=headers, content=body)
        for body in bodies
    ]


@pytest.mark.parametrize("field", FIELDS, ids=str)
async def test_nothing_is_taken_for_what_it_is_not(caller: Caller, field: BodyField) -> None:
    for value in _mistaken(field):
        answer = await caller.send(field.route, body=field.body_with(value))
        assert answer.status_code == 422, (value, answer.text)
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert any(p.startswith(field.pointer) or p in field.pointer for p in pointers), pointers


@pytest.mark.parametrize("route", TAKING, ids=str)
async def test_a_name_that_stands_twice_is_pointed_at(caller: Caller, route: Route) -> None:
    body = json.dumps(route.body())
    first, value = next(iter((route.body() or {}).items()))
    twice = f"{body[:-1]}, {json.dumps(first)}: {json.dumps(value)}}}"
    (answer,) = await _sent(caller, route, twice.encode())
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (422, "REQUEST_INVALID")
    assert error["pointer"] == f"/{first}"


@pytest.mark.parametrize("route", TAKING, ids=str)
async def test_the_same_value_written_otherwise_is_the_same_request(
    caller: Caller, route: Route
) -> None:
    body = route.body() or {}
    written = json.dumps(body, ensure_ascii=False).encode()
    turned = json.dumps(dict(reversed(body.items())), ensure_ascii=True, indent=3).encode()
    first, again = await _sent(caller, route, written, turned)
    assert again.status_code == first.status_code, again.text
    assert _lasting(again.json()) == _lasting(first.json())
    assert "IDEMPOTENCY_KEY_REUSED" not in again.text


def _lasting(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("request_id", "at")}
