"""What an attacker writes into the fields of every route is refused as bad input, never a fault.

Fields, queries, places and cursors are read from the services' own descriptions, so that what is
added is attacked the same day: each with some of what attackers write, and in ``make proof`` with
all of it.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from itertools import product
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import pytest

from services.platform.pagination import encode_cursor, read_at
from tests.architecture.bodies import BodyField, fields_of, parts_of
from tests.architecture.callers import Caller, caller, is_problem
from tests.architecture.routes import Route, bearer, every_route
from tests.support.proof import Some

__all__ = ["caller"]

GUARDED: Final = [route for route in every_route() if not route.is_open]
ACTS: Final = [route for route in GUARDED if route.method == "POST"]
FIELDS: Final = fields_of(ACTS)
TEXTS: Final = [field for field in FIELDS if field.kind in ("string", "any")]
_KINDS_AT: Final = Counter((str(field.route), field.place) for field in FIELDS)
ONLY: Final = [field for field in FIELDS if _KINDS_AT[str(field.route), field.place] == 1]
"""Fields of one kind; in others what is no truth value may be a text."""
MOMENTS: Final = [field for field in FIELDS if field.kind in ("date", "date-time")]
LISTS: Final = [
    route
    for route in GUARDED
    if any(p["name"] == "cursor" for p in route.operation.get("parameters", []))
]
SIGNED_FOR: Final = "/settlement/v1/bank/messages"
"""A list that answers nobody whose signature is not checked first."""
NO_TEXT: Final = ("\0", "a\0b", "\ud800", "\udfff-1", "\ude00\ud83d")
ENDS: Final = {
    "date": ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "9999-12-30"),
    "date-time": (
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00-14:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
    ),
}
INSIDE: Final = {
    "date": ("1900-01-01", "2199-12-31"),
    "date-time": ("1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999+00:00"),
}
NO_MOMENT: Final = (0, "0", 1795620769, "1795620769", 1.5, True, "2026-11-18T", "2026-W47-3")


def forged_cursors() -> list[str]:
    """What is no cursor of ours, and what looks like one."""
    places = (b"", b"\0" * 16, b"\xff" * 16, b"\0" * 15, b"a" * 17, b"2026\0", b"\xed\xa0\x80")
    # As the work list writes them: rank, due, case, code.
    far, nobody = b"9" * 30, b"0" * 32
    parts = ((b"0", far), (b"", far), (nobody,), (b"A", b"A\0B"))
    work = [b"|".join(place) for place in product(*parts)]
    keys: tuple[Any, ...] = (
        ["x"],
        [None],
        {"a": 1},
        10**30,
        "\0",
        "\ud800",
        [[[]]],
        "0001-01-01",
        1e308,
    )
    encoded = [base64.urlsafe_b64encode(place).decode().rstrip("=") for place in (*places, *work)]
    encoded += [base64.urlsafe_b64encode(json.dumps(k).encode()).decode() for k in keys]
    return [*encoded, "", "!", "é", "=" * 8, "A" * 64, "A" * 65, "-1", "0", "'; --", "\ufffd"]


@pytest.mark.proof
@pytest.mark.parametrize("field", TEXTS, ids=str)
async def test_what_is_no_text_is_pointed_at(caller: Caller, field: BodyField, some: Some) -> None:
    for value in some(NO_TEXT, 2):
        answer = await caller.send(field.route, body=field.body_with(value))

        is_problem(answer, 422, "REQUEST_INVALID")
        assert field.pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("route", [r for r in ACTS if r.body() is not None], ids=str)
async def test_a_name_that_is_no_text_is_refused(caller: Caller, route: Route) -> None:
    for name in NO_TEXT:
        answer = await caller.send(route, body={**(route.body() or {}), name: 1})

        is_problem(answer, 422, "REQUEST_INVALID")


@pytest.mark.proof
@pytest.mark.parametrize("field", MOMENTS, ids=str)
async def test_a_moment_lies_inside_the_calendar_of_the_trade(
    caller: Caller, field: BodyField, some: Some
) -> None:
    for value in some((*ENDS[field.kind], *NO_MOMENT), 5):
        answer = await caller.send(field.route, body=field.body_with(value))

        is_problem(answer, 422, "REQUEST_INVALID")
        assert field.pointer in [error["pointer"] for error in answer.json()["errors"]], value
    for value in INSIDE[field.kind]:
        answer = await caller.send(field.route, body=field.body_with(value))
        assert answer.status_code < 500, (value, answer.text)


@pytest.mark.parametrize("field", [f for f in ONLY if f.kind == "boolean"], ids=str)
async def test_yes_is_said_by_true_alone(caller: Caller, field: BodyField) -> None:
    for value in ("yes", "true", "on", 1, 0, "0"):
        answer = await caller.send(field.route, body=field.body_with(value))

        is_problem(answer, 422, "REQUEST_INVALID")
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert any(pointer.startswith(field.pointer) for pointer in pointers)


@pytest.mark.parametrize("field", [f for f in ONLY if f.kind == "integer"], ids=str)
async def test_a_count_is_a_number_and_no_truth_value(caller: Caller, field: BodyField) -> None:
    for value in (True, "5", 5.5, 10**400, -(10**30)):
        answer = await caller.send(field.route, body=field.body_with(value))

        is_problem(answer, 422, "REQUEST_INVALID")


@pytest.mark.parametrize("field", [f for f in FIELDS if f.kind == "any"], ids=str)
async def test_an_open_value_is_not_nested_for_its_own_sake(
    caller: Caller, field: BodyField
) -> None:
    value: Any = 0
    for _ in range(400):
        value = [value]

    answer = await caller.send(field.route, body=field.body_with(value))

    is_problem(answer, 422, "REQUEST_INVALID")


@pytest.mark.proof
@pytest.mark.parametrize("field", TEXTS, ids=str)
async def test_an_empty_a_long_and_a_strange_text_is_never_a_fault(
    caller: Caller, field: BodyField, some: Some
) -> None:
    for value in some(("", " ", "a" * 20_000, "\u202e𠮷", "lot_", "1e400", "NaN"), 3):
        answer = await caller.send(field.route, body=field.body_with(value))
        assert answer.status_code < 500, (value[:9], answer.text)


@pytest.mark.proof
@pytest.mark.parametrize("field", FIELDS, ids=str)
async def test_a_value_of_any_other_type_is_never_a_fault(
    caller: Caller, field: BodyField, some: Some
) -> None:
    strange: tuple[Any, ...] = (None, True, -1, 10**30, 0.1, [[]], {"a": {"b": []}})
    for value in some(strange, 3):
        answer = await caller.send(field.route, body=field.body_with(value))
        assert answer.status_code < 500, (value, answer.text)


@pytest.mark.parametrize("part", parts_of(FIELDS), ids=str)
async def test_what_is_no_object_in_the_place_of_one_is_never_a_fault(
    caller: Caller, part: BodyField
) -> None:
    """The body itself among them, and what a list holds."""
    strange: tuple[Any, ...] = ("text", 7, True, [], ["text"], {})
    for value in strange:
        body = part.body_with(value) if part.place else value
        answer = await caller.send(part.route, body=body)
        assert answer.status_code < 500, (value, answer.text)


@pytest.mark.proof
@pytest.mark.parametrize("route", LISTS, ids=str)
async def test_a_forged_cursor_is_never_a_fault(caller: Caller, route: Route, some: Some) -> None:
    address = route.address()
    joint = "&" if "?" in address else "?"
    for cursor in some(forged_cursors(), 16):
        answer = await caller.send(route, address=f"{address}{joint}cursor={quote(cursor)}")
        assert answer.status_code < 500, (cursor, answer.text)


@pytest.mark.parametrize("route", [r for r in LISTS if r.path != SIGNED_FOR], ids=str)
async def test_a_cursor_of_another_list_is_refused(caller: Caller, route: Route) -> None:
    """It would begin in the middle of this one and leave out what comes before. A list of what does
    not exist may say that first."""
    address = route.address().partition("?")[0]
    joint = "&" if "?" in route.address() else "?"
    read_at(f"{address}/another")
    places = [encode_cursor(key) for key in (UUID(int=1), "DX-G001", 1)]
    # What looks like a place of a list, and was written by none.
    orders = f"1|-|{UUID(int=1).hex}"
    places += [base64.urlsafe_b64encode(place.encode()).decode() for place in (orders, "DX-G001")]
    for cursor in places:
        sent = f"{route.address()}{joint}cursor={quote(cursor)}"
        answer = await caller.send(route, address=sent)
        assert answer.status_code in ((404, 422) if route.has_ids else (422,)), answer.text
        if answer.status_code == 422:
            assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


def _queries(*kinds: str) -> list[tuple[Route, str]]:
    return [
        (route, parameter["name"])
        for route in GUARDED
        for parameter in route.operation.get("parameters", [])
        if parameter["in"] == "query" and _kind(parameter["schema"]) in kinds
    ]


def _kind(schema: dict[str, Any]) -> str:
    shape = schema.get("anyOf", [schema])[0]
    return str(shape.get("format") or shape.get("type"))


@pytest.mark.proof
@pytest.mark.parametrize(("route", "name"), _queries("string", "date", "integer"), ids=str)
async def test_a_strange_query_is_never_a_fault(
    caller: Caller, route: Route, name: str, some: Some
) -> None:
    path, _, rest = route.address().partition("?")
    kept = "".join(f"&{q}" for q in rest.split("&") if q and not q.startswith(f"{name}="))
    ends = (*ENDS["date"], *ENDS["date-time"], *INSIDE["date"])
    strange = ("", "%00", "%ED%A0%80", "%FF", "-1", "9" * 40, "%F0%A0%AE%B7", "0", *ends)
    for value in some(strange, 5):
        answer = await caller.send(route, address=f"{path}?{name}={value}{kept}")
        assert answer.status_code < 500, (value, answer.text)


@pytest.mark.parametrize(("route", "name"), _queries("date"), ids=str)
async def test_day_nought_is_not_1970(caller: Caller, route: Route, name: str) -> None:
    path, _, rest = route.address().partition("?")
    kept = "".join(f"&{q}" for q in rest.split("&") if q and not q.startswith(f"{name}="))
    for value in ("0", "1795620769", "2026-11-18T00:00:00"):
        answer = await caller.send(route, address=f"{path}?{name}={value}{kept}")

        is_problem(answer, 422, "REQUEST_INVALID")


@pytest.mark.proof
@pytest.mark.parametrize("route", [r for r in GUARDED if r.has_ids], ids=str)
async def test_a_strange_name_in_the_address_is_never_a_fault(
    caller: Caller, route: Route, some: Some
) -> None:
    names = [p["name"] for p in route.operation["parameters"] if p["in"] == "path"]
    strange = ("%20", "lot_", "%ED%A0%80", "%FF", "%00", "x" * 300, "%F0%A0%AE%B7", "-")
    for value in some(strange, 3):
        address = route.path
        for name in names:
            address = address.replace("{" + name + "}", value)
        answer = await caller.send(route, address=address)
        assert answer.status_code < 500, (value, answer.text)


@pytest.mark.proof
@pytest.mark.parametrize("route", ACTS, ids=str)
async def test_a_strange_header_is_never_a_fault(caller: Caller, route: Route, some: Some) -> None:
    good = bearer(caller.key, route.role(), route.scopes) | {"idempotency-key": "a-key"}
    strange: list[dict[str, Any]] = [
        {"idempotency-key": "k" * 129},
        {"idempotency-key": b"\xff\xfe"},
        {"if-match": '"' + "9" * 60 + '"'},
        {"if-match": "*"},
        {"if-match": b"\xff"},
        {"if-match": '"²"'.encode()},
        {"prefer": "wait=99999999999999999999"},
        {"prefer": "wait=²".encode()},
        {"content-type": "application/json; charset=utf-16"},
    ]
    for headers in some(strange, 4):
        answer = await caller.send(route, headers=good | headers)
        assert answer.status_code < 500, (headers, answer.text)
