"""What the description of an API says beyond its shapes: who may call each route.

The scope of a route is read from its ``allow(...)`` dependency, so the description, the contract
and the coverage test all show what is enforced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

SCHEME: Final = "bearer"
_FOR_WRITING: Final = {"idempotency-key", "if-match"}


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """One method of one path, with the scopes it asks for (exactly one, or it is a mistake)."""

    method: str
    path: str
    scopes: tuple[str, ...]


def api_routes(app: FastAPI) -> Iterator[ApiRoute]:
    """Every route that the description of an app shows."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in sorted(context.methods or ()):
                yield ApiRoute(method, str(context.path_format), _scopes_of(context))


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
                _state(document["paths"][route.path][route.method.lower()], route)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _state(operation: dict[str, Any], route: ApiRoute) -> None:
    if route.scopes:
        operation["security"] = [{SCHEME: list(route.scopes)}]
    if route.method == "GET":
        # A read repeats without harm: these headers are read on every route but mean nothing here.
        shown = [p for p in operation.get("parameters", []) if not _is_for_writing(p)]
        operation.pop("parameters", None)
        if shown:
            operation["parameters"] = shown


def _is_for_writing(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("in") == "header" and parameter["name"].lower() in _FOR_WRITING


def _scopes_of(context: RouteContext) -> tuple[str, ...]:
    dependant: Dependant = context.dependant
    found: list[str] = []
    pending = list(dependant.dependencies)
    while pending:
        dependency = pending.pop()
        scope = getattr(dependency.call, "scope", None)
        if isinstance(scope, str):
            found.append(scope)
        pending.extend(dependency.dependencies)
    return tuple(found)
