"""Every field of every request body, as its description states it, and the body with it changed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.architecture.routes import Route, described

Place = tuple[str | int, ...]
_DEPTH_MAX: Final = 6


@dataclass(frozen=True)
class BodyField:
    """One field of a route's body. ``kind`` is its format, else its type; any when it has none."""

    route: Route
    place: Place
    kind: str

    def __str__(self) -> str:
        return f"{self.route} {self.pointer}"

    @property
    def pointer(self) -> str:
        """The field as a JSON pointer."""
        return "".join(f"/{step}" for step in self.place)

    def body_with(self, value: Any) -> dict[str, Any]:
        """The route's good body with another value in this field."""
        body = copy.deepcopy(self.route.body() or {})
        at: Any = body
        for step, following in zip(self.place, (*self.place[1:], None), strict=True):
            if following is None:
                _put(at, step, value)
            else:
                at = _inside(at, step, [] if isinstance(following, int) else {})
        return body


def fields_of(routes: list[Route]) -> list[BodyField]:
    """The fields of all JSON bodies that these routes take."""
    return [field for route in routes for field in _fields(route)]


def parts_of(fields: Iterable[BodyField]) -> list[BodyField]:
    """The objects and lists in which these fields stand, the whole bodies included."""
    parts = [
        BodyField(f.route, f.place[:end], "part") for f in fields for end in range(len(f.place))
    ]
    return list({str(part): part for part in parts}.values())


def _fields(route: Route) -> Iterator[BodyField]:
    content = route.operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return
    schemas = described(route.service)["components"]["schemas"]
    for place, kind in _walk(content["application/json"]["schema"], schemas, ()):
        yield BodyField(route, place, kind)


def _walk(schema: dict[str, Any], schemas: dict[str, Any], place: Place) -> Iterator[Any]:
    if len(place) > _DEPTH_MAX:
        return
    if "$ref" in schema:
        yield from _walk(schemas[schema["$ref"].rpartition("/")[2]], schemas, place)
    elif "anyOf" in schema:
        shapes = [shape for shape in schema["anyOf"] if shape.get("type") != "null"]
        seen: set[Any] = set()
        for shape in shapes:
            for found in _walk(shape, schemas, place):
                if found not in seen:
                    seen.add(found)
                    yield found
    elif schema.get("type") == "object" and "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _walk(inner, schemas, (*place, name))
    elif schema.get("type") == "object":
        values = schema.get("additionalProperties")
        yield from _walk(values if isinstance(values, dict) else {}, schemas, (*place, "any"))
    elif schema.get("type") == "array":
        yield from _walk(schema.get("items", {}), schemas, (*place, 0))
    else:
        yield place, schema.get("format") or schema.get("type", "any")


def _put(at: Any, step: str | int, value: Any) -> None:
    if isinstance(at, list) and isinstance(step, int):
        at[step : step + 1] = [value]
    else:
        at[step] = value


def _inside(at: Any, step: str | int, empty: Any) -> Any:
    """The container at a step, made where the good body has none."""
    if isinstance(at, list) and isinstance(step, int):
        if not at or not isinstance(at[step], type(empty)):
            at[step : step + 1] = [empty]
        return at[step]
    if not isinstance(at.get(step), type(empty)):
        at[step] = empty
    return at[step]
