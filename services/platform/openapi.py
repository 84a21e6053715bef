"""What the description of an API says beyond its shapes: who may call each route, with how much.

Scope and room of a route are read from its ``allow(...)`` dependency, so the description, the
contract and the coverage test all show what is enforced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from services.platform.intake import NOTE, Room

SCHEME: Final = "bearer"
PUBLIC: Final = "public"
"""The scope of a route that anyone may call, without a token: what it says is the same to all."""
_SHARED: Final = {"4XX": "Refused", "500": "Fault", "503": "Unavailable"}
_KEY: Final = "idempotency-key"
_MATCH: Final = "if-match"
_FOR_WRITING: Final = {_KEY, _MATCH}


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """One method of one path, with the scopes it asks for (exactly one, or it is a mistake)."""

    method: str
    path: str
    scopes: tuple[str, ...]
    room: Room = NOTE
    """How large a body it takes."""
    upon_reading: bool = False
    """Whether it is a signature, which names the version that was read."""


def api_routes(app: FastAPI) -> Iterator[ApiRoute]:
    """Every route that the description of an app shows."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in sorted(context.methods or ()):
                guards = list(_guards_of(context))
                room = next((guard.room for guard in guards), NOTE)
                scopes = tuple(guard.scope for guard in guards)
                upon_reading = any(guard.upon_reading for guard in guards)
                yield ApiRoute(method, str(context.path_format), scopes, room, upon_reading)


def state_access(app: FastAPI) -> None:
    """Have the app's description state the bearer token and the scope of every route."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            components = document.setdefault("components", {})
            components["securitySchemes"] = {
                SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
            for route in api_routes(app):
                operation = document["paths"][route.path][route.method.lower()]
                _state(operation, route)
                _share(operation["responses"], components.setdefault("responses", {}))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _state(operation: dict[str, Any], route: ApiRoute) -> None:
    if route.scopes == (PUBLIC,):
        operation["security"] = []
    elif route.scopes:
        operation["security"] = [{SCHEME: list(route.scopes)}]
    if route.method == "GET":
        # A read repeats without harm: these headers are read on every route but mean nothing here.
        shown = [p for p in operation.get("parameters", []) if not _is_for_writing(p)]
        operation.pop("parameters", None)
        if shown:
            operation["parameters"] = shown
        return
    for parameter in operation.get("parameters", []):
        if parameter["name"].lower() == _KEY:
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 128}
            parameter["description"] = "a fresh UUID per intended act, the same one on a retry"
        if parameter["name"].lower() == _MATCH and route.upon_reading:
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 64}
            parameter["description"] = "the ETag of what is signed, as it was read"
    if "requestBody" in operation:
        operation["requestBody"]["x-max-bytes"] = route.room.size


def _share(responses: dict[str, Any], shared: dict[str, Any]) -> None:
    """Say once what every operation may answer, and refer to it."""
    for status, name in _SHARED.items():
        if status in responses:
            shared.setdefault(name, responses[status])
            responses[status] = {"$ref": f"#/components/responses/{name}"}


def _is_for_writing(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("in") == "header" and parameter["name"].lower() in _FOR_WRITING


def _guards_of(context: RouteContext) -> Iterator[Any]:
    """The guards of a route: what ``allow(...)`` left among its dependencies."""
    dependant: Dependant = context.dependant
    pending = list(dependant.dependencies)
    while pending:
        dependency = pending.pop()
        if isinstance(getattr(dependency.call, "scope", None), str):
            yield dependency.call
        pending.extend(dependency.dependencies)
