"""No name, no identity number, no account in events, workflow histories or their messages.

Words are looked for in the names of fields: what has no field cannot be written down by mistake.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import pytest
from pydantic import BaseModel

from migrations.apply import event_types
from services.kernel.events import Event
from services.kernel.messages import Message

FORBIDDEN: Final = {
    "name",
    "names",
    "surname",
    "sex",
    "phone",
    "mobile",
    "email",
    "address",
    "township",
    "birth",
    "birthday",
    "resident_no",
    "resident_nos",
    "identity_no",
    "id_no",
    "passport",
    "face",
    "biometric",
    "fingerprints",
    "account",
    "iban",
}
_HARMLESS: Final = {("ScreeningEntryAdded", "list_name")}
"""The label of a list of names, not a name."""


def _messages() -> list[type[BaseModel]]:
    for package in ("workflows", "workflows.ports"):
        for module in pkgutil.iter_modules(import_module(package).__path__):
            import_module(f"{package}.{module.name}")
    return [model for model in _subclasses(Message) if not model.__module__.startswith("tests")]


def _subclasses(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _subclasses(model)


def _suspicious(model: type[BaseModel]) -> list[str]:
    return [
        field
        for field in _fields(model.model_json_schema())
        if (model.__name__, field) not in _HARMLESS
        and (field in FORBIDDEN or any(field.endswith(f"_{word}") for word in FORBIDDEN))
    ]


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


@pytest.mark.parametrize("event", event_types().values(), ids=lambda e: e.__name__)
def test_an_event_says_nothing_personal(event: type[Event]) -> None:
    assert _suspicious(event) == []


@pytest.mark.parametrize("message", _messages(), ids=lambda m: m.__name__)
def test_a_message_of_a_workflow_says_nothing_personal(message: type[BaseModel]) -> None:
    assert _suspicious(message) == []
