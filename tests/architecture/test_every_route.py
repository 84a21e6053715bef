"""Default deny and plain answers, for every route of every service, however new.

The routes are read from the services' own descriptions, so a route that is added is tested the
same day. A list under allowed/ holds what is excepted, each with its reason; it may only shrink.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from fastapi.routing import iter_route_contexts

from services.manifests import manifest, names, scopes_of_roles
from tests.architecture.callers import Caller, caller, is_problem
from tests.architecture.routes import Route, allowed, bearer, every_route, sample_requests

__all__ = ["caller"]
ROUTES = every_route()
GUARDED = [route for route in ROUTES if not route.is_open]
PUBLIC = [route for route in ROUTES if str(route) in allowed("public")]
BY_NUMBER = {"/documents/v1/papers/{paper_no}/standing"}
"""What the public asks by a number that nobody guesses, and which stands on what he was shown."""
ACTS = [route for route in GUARDED if route.method == "POST"]
NAMING = [route for route in GUARDED if route.has_ids]


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_asks_for_exactly_one_scope_that_some_role_has(route: Route) -> None:
    granted = {scope for scopes in scopes_of_roles().values() for scope in scopes}

    assert len(route.scopes) == 1
    assert route.scopes[0].startswith(f"{route.service}:")
    assert route.scopes[0] in granted


@pytest.mark.parametrize("route", [r for r in PUBLIC if r.path not in BY_NUMBER], ids=str)
async def test_what_is_public_is_read_by_anyone_and_says_the_same_to_all(
    caller: Caller, route: Route
) -> None:
    """A list that names nothing: no token opens more of it, and a false one is not read."""
    assert (route.method, route.has_ids, route.scopes) == ("GET", False, [])
    auditor = bearer(caller.key, "auditor", [])
    as_whom: list[dict[str, str]] = [{}, {"authorization": "Bearer none"}, auditor]
    said = [await caller.send(route, headers=headers) for headers in as_whom]
    if len({answer.text for answer in said}) > 1:  # The minute turned, up to which is counted.
        said = [await caller.send(route, headers=headers) for headers in as_whom]

    assert [answer.status_code for answer in said] == [200, 200, 200]
    assert len({answer.text for answer in said}) == 1
    unknown = await caller.send(route, address=f"{route.address()}?unheard_of=1", headers={})
    is_problem(unknown, 422, "REQUEST_INVALID")
    forged = await caller.send(route, address=f"{route.address()}?cursor=%21", headers={})
    is_problem(forged, 422, "REQUEST_INVALID")


@pytest.mark.parametrize("route", [r for r in PUBLIC if r.path in BY_NUMBER], ids=str)
async def test_a_number_that_nobody_has_is_unknown_to_all_alike(
    caller: Caller, route: Route
) -> None:
    """No token opens what a number does not, and a false one is not read."""
    assert (route.method, route.scopes) == ("GET", [])
    for headers in ({}, {"authorization": "Bearer none"}, bearer(caller.key, "auditor", [])):
        is_problem(await caller.send(route, headers=headers), 404, "NOT_FOUND")
    unknown = await caller.send(route, address=f"{route.address()}?unheard_of=1", headers={})
    is_problem(unknown, 422, "REQUEST_INVALID")


@pytest.mark.parametrize("service", names())
def test_only_the_explorer_is_left_out_of_the_description(service: str) -> None:
    app = manifest(service).app(None)

    hidden = {
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if not getattr(context, "include_in_schema", False)
    }

    base = f"/{service}/docs"
    explorer = {base, f"{base}/swagger-ui-bundle.js", f"{base}/swagger-ui.css", f"{base}/start.js"}
    assert hidden == {f"/{service}/openapi.json"} | explorer


def test_no_role_has_a_scope_that_no_route_asks_for() -> None:
    asked = {scope for route in GUARDED for scope in route.scopes}
    granted = {scope for scopes in scopes_of_roles().values() for scope in scopes}

    assert sorted(granted - asked - allowed("unused_scopes")) == []


@pytest.mark.parametrize("route", GUARDED, ids=str)
async def test_without_a_token_nobody_is_let_in(caller: Caller, route: Route) -> None:
    answer = await caller.send(route, headers={})

    is_problem(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", GUARDED, ids=str)
async def test_without_the_scope_nobody_is_let_in(caller: Caller, route: Route) -> None:
    others = [s for s in sorted(scopes_of_roles()[route.role()]) if s not in route.scopes]

    answer = await caller.send(route, scopes=others)

    is_problem(answer, 403, "FORBIDDEN")


@pytest.mark.parametrize("route", [r for r in NAMING if str(r) not in allowed("no_404")], ids=str)
async def test_what_does_not_exist_is_not_found(caller: Caller, route: Route) -> None:
    is_problem(await caller.send(route), 404, "NOT_FOUND")


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_its_description_says_what_may_be_answered_and_that_an_act_has_a_key(route: Route) -> None:
    given = route.operation.get("parameters", [])
    parameters = {p["name"].lower(): p.get("required") for p in given}

    assert {"4XX", "500", "503"} <= set(route.operation["responses"])
    assert not any(code.startswith("3") and code != "304" for code in route.operation["responses"])
    assert parameters.get("idempotency-key") is (True if route.method == "POST" else None)


@pytest.mark.parametrize("route", ACTS, ids=str)
async def test_an_act_without_an_idempotency_key_is_refused(caller: Caller, route: Route) -> None:
    is_problem(await caller.send(route, keyed=False), 400, "IDEMPOTENCY_KEY_REQUIRED")


@pytest.mark.parametrize("route", [r for r in ACTS if r.body() is not None], ids=str)
async def test_an_unknown_field_is_pointed_at(caller: Caller, route: Route) -> None:
    answer = await caller.send(route, body={**(route.body() or {}), "unheard_of": 1})

    is_problem(answer, 422, "REQUEST_INVALID")
    assert "/unheard_of" in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("route", [r for r in ACTS if r.body()], ids=str)
async def test_a_field_of_the_wrong_type_is_pointed_at(caller: Caller, route: Route) -> None:
    body = dict(route.body() or {})
    field = next(iter(body))

    answer = await caller.send(route, body={**body, field: {"no": ["such", "type"]}})

    assert answer.status_code == 422, answer.text
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert any(pointer.startswith(f"/{field}") for pointer in pointers)


_BAD: Final = {
    "integer": ("many", "1_0", "5.0", "+5", "-5", "0_5", "007", "%205%20", "%D9%A5", "1e1", ""),
    "boolean": ("perhaps", "yes", "on", "T", "True", "y", "1", "0", "%20true", ""),
    "date": ("someday", "20261118", "2026-11-18T00:00:00Z", "%202026-11-18", "1795000000", ""),
    "date-time": ("once", "2026-11-18", "2026-11-18T09:00:00", "1795000000", ""),
    "enum": ("NO_SUCH_VALUE",),
}
"""Of each kind what a generous reader would take all the same; what is sent is one of them."""
_SAYS: Final = {
    "integer": "Write a whole number in plain digits",
    "boolean": "Write true or false.",
    "date": "Write a day as year-month-day",
    "date-time": "Write an instant with its offset",
    "enum": "Write one of ",
}


def _bad_queries() -> list[tuple[Route, str, str]]:
    return [
        (route, parameter["name"], kind)
        for route in GUARDED
        for parameter in route.operation.get("parameters", [])
        if parameter["in"] == "query" and (kind := _kind(parameter["schema"])) in _BAD
    ]


def _kind(schema: dict[str, Any]) -> str:
    shapes = schema.get("anyOf", [schema])
    shape = shapes[0]
    if "enum" in shape or "$ref" in shape:
        return "enum"
    return str(shape.get("format") or shape.get("type"))


@pytest.mark.parametrize(("route", "name", "kind"), _bad_queries(), ids=str)
async def test_a_bad_query_is_pointed_at_and_told_what_to_write(
    caller: Caller, route: Route, name: str, kind: str
) -> None:
    address = route.address()
    address += ("&" if "?" in address else "?") + f"{name}="

    for written in _BAD[kind]:
        answer = await caller.send(route, address=address + written)

        is_problem(answer, 422, "REQUEST_INVALID")
        (error,) = answer.json()["errors"]
        assert error["pointer"] == f"/query/{name}", written
        assert error["detail"].startswith(_SAYS[kind]), written


@pytest.mark.parametrize("route", GUARDED, ids=str)
async def test_an_unknown_query_parameter_is_pointed_at_once_the_caller_is_let_in(
    caller: Caller, route: Route
) -> None:
    address = route.address()
    address += ("&" if "?" in address else "?") + "unheard_of=1"

    is_problem(await caller.send(route, address=address, headers={}), 401, "UNAUTHENTICATED")
    answer = await caller.send(route, address=address)

    is_problem(answer, 422, "REQUEST_INVALID")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/query/unheard_of"
    known = [p["name"] for p in route.operation.get("parameters", []) if p["in"] == "query"]
    assert all(name in error["detail"] for name in known)


@pytest.mark.parametrize("route", [r for r in ACTS if r.body() is not None], ids=str)
async def test_a_body_of_another_kind_is_not_read(caller: Caller, route: Route) -> None:
    headers = bearer(caller.key, route.role(), route.scopes) | {"content-type": "text/plain"}

    answer = await caller.send(route, headers=headers)

    is_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept"] == "application/json"


def test_every_act_has_a_sample_request() -> None:
    taking = {
        str(route)
        for route in ACTS
        if "application/json" in route.operation.get("requestBody", {}).get("content", {})
    }

    assert sorted(taking ^ set(sample_requests())) == []


@pytest.mark.parametrize("route", [r for r in GUARDED if str(r) in allowed("no_404")], ids=str)
async def test_an_exception_that_is_not_needed_any_more_is_struck(
    caller: Caller, route: Route
) -> None:
    answer = await caller.send(route)

    assert answer.status_code in (401, 409, 422)


def test_the_exceptions_name_what_exists() -> None:
    asked = {scope for route in GUARDED for scope in route.scopes}

    assert allowed("no_404") <= {str(route) for route in GUARDED}
    assert allowed("public") <= {str(route) for route in ROUTES}
    assert not allowed("unused_scopes") & asked
