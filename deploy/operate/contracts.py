"""`tradewindow contracts`: write contracts/ from the code.

OpenAPI of every service, JSON Schema of every event type, the AsyncAPI document over them, the
scopes of every role, and what every refusal says in every language.
The same code writes the same bytes, so that what outsiders rely on changes only where the code
does, and every change shows in a review. What would break a client is named while it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from deploy.operate import wordbook
from migrations.apply import event_types
from services import manifests
from services.kernel.events import Event
from services.platform.roles import DUTIES
from services.window.schemas import StreamMessage

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "contracts"
ROLES: Final = "roles.json"
GENERATED: Final = (
    wordbook.CONTRACT,
    ROLES,
    "openapi/*.json",
    "events/*.json",
    "events/asyncapi.yaml",
)
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REF: Final = "#/components/schemas/{model}"


def export(*, directory: Path | None = None) -> int:
    """Write the contracts; print what would break a client who relies on those there now.

    Parameters
    ----------
    directory
        Where they are kept; the project's own contracts/ when not given.
    """
    target = directory or CONTRACTS
    documents = generate()
    for name, text in documents.items():
        path = target / name
        for breach in breaches(path, text):
            print(f"BREAKING {name}: {breach}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in committed(target):
        if str(path.relative_to(target)) not in documents:
            print(f"BREAKING {path.relative_to(target)}: it is gone")
            path.unlink()
    print(f"{len(documents)} documents in {target}")
    return 0


def generate() -> dict[str, str]:
    """Every generated document by its path under contracts/."""
    documents = {
        f"openapi/{service}.json": _json(openapi_of(service)) for service in manifests.names()
    }
    events = event_types()
    for name, event in events.items():
        documents[f"events/{name}.json"] = _json(event_schema(event))
    documents[ROLES] = _json(roles())
    documents[wordbook.CONTRACT] = wordbook.contract()
    documents["events/asyncapi.yaml"] = _yaml(asyncapi(events))
    return documents


def committed(directory: Path = CONTRACTS) -> list[Path]:
    """The generated documents that are there now."""
    return sorted(path for pattern in GENERATED for path in directory.glob(pattern))


def openapi_of(service: str) -> dict[str, Any]:
    """A service's OpenAPI document. Its app is only described, so it needs nothing to work with."""
    described: dict[str, Any] = manifests.manifest(service).app(None).openapi()
    return described


def roles() -> dict[str, Any]:
    """What an issuer should put into the tokens of each role: kind of party, port, scopes."""
    return {
        role: {
            "party": duty.party_kind,
            "at_a_port": duty.at_a_port,
            "scopes": sorted(manifests.scopes_of_roles()[role]),
        }
        for role, duty in DUTIES.items()
    }


def event_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's body, with the service that says it."""
    schema = event.model_json_schema(mode="serialization")
    return {
        "$schema": _DIALECT,
        "$id": f"urn:tradewindow:event:{event.__name__}",
        "x-service": event.__module__.split(".")[1],
        **schema,
    }


def asyncapi(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    """The AsyncAPI document: the two streams, and a message per event type."""
    channels: dict[str, dict[str, Any]] = {
        "case": {
            "address": "/window/v1/cases/{case_id}/stream",
            "description": "One case, from its first event on; Last-Event-ID resumes.",
            "parameters": {"case_id": {"description": _case_ids()}},
        },
        "cases": {
            "address": "/window/v1/stream",
            "description": "Every case the caller may see; Last-Event-ID resumes.",
        },
    }
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tradewindow events",
            "version": "1",
            "description": "Server-sent events, at least once and replayable. The data of each is"
            " a CloudEvents envelope around the event's body; drop repetitions by its id.",
        },
        "channels": {name: {**channel, "messages": messages} for name, channel in channels.items()},
        "operations": {
            name: {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in channels
        },
        "components": {
            "messages": {name: _message(name) for name in events},
            "schemas": {"Envelope": _envelope()},
        },
    }


def _case_ids() -> str:
    *others, last = (f"{prefix}_" for prefix in manifests.case_kinds())
    return f"{', '.join(others)} or {last}"


def _message(name: str) -> dict[str, Any]:
    body = {
        "type": "object",
        "properties": {"type": {"const": name}, "data": {"$ref": f"./{name}.json"}},
    }
    envelope = {"$ref": _REF.format(model="Envelope")}
    return {
        "name": name,
        "contentType": "application/json",
        "payload": {"allOf": [envelope, body]},
    }


def _envelope() -> dict[str, Any]:
    return StreamMessage.model_json_schema(mode="serialization")


def breaches(path: Path, text: str) -> Iterator[str]:
    """What a client who relies on the document at ``path`` would miss in the new one."""
    if not path.exists() or path.suffix != ".json":
        return
    old, new = json.loads(path.read_text(encoding="utf-8")), json.loads(text)
    yield from _lost_operations(old.get("paths", {}), new.get("paths", {}))
    before = old.get("components", {}).get("schemas", {path.stem: old})
    after = new.get("components", {}).get("schemas", {path.stem: new})
    for name, schema in {**before, **old.get("$defs", {})}.items():
        found = {**after, **new.get("$defs", {})}.get(name)
        if found is None:
            yield f"schema {name} is gone"
        else:
            yield from _lost_fields(name, schema, found)


def _lost_operations(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for path, operations in old.items():
        for method, operation in operations.items():
            found = new.get(path, {}).get(method)
            if found is None:
                yield f"{method.upper()} {path} is gone"
                continue
            kept = {(p["in"], p["name"]) for p in found.get("parameters", [])}
            for parameter in operation.get("parameters", []):
                if (parameter["in"], parameter["name"]) not in kept:
                    yield f"{method.upper()} {path} lost its parameter {parameter['name']}"


def _lost_fields(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    fields = new.get("properties", {})
    for field, shape in old.get("properties", {}).items():
        if field not in fields:
            yield f"{name}.{field} is gone"
        elif _type_of(fields[field]) != _type_of(shape):
            yield f"{name}.{field} has another type"
    for value in old.get("enum", []):
        if value not in new.get("enum", []):
            yield f"{name} lost the value {value}"


def _type_of(shape: dict[str, Any]) -> Any:
    return {key: shape.get(key) for key in ("type", "$ref", "items", "anyOf", "const", "format")}


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _yaml(value: Any, depth: int = 0) -> str:
    """Block style; every scalar is written as JSON, which YAML reads as it is."""
    pad = "  " * depth
    if isinstance(value, Mapping) and value:
        return "".join(f"{pad}{_key(k)}:{_entry(v, depth)}" for k, v in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}-{_entry(v, depth)}" for v in value)
    return f"{pad}{json.dumps(value, ensure_ascii=False)}\n"


def _entry(value: Any, depth: int) -> str:
    if isinstance(value, (Mapping, list)) and value:
        return "\n" + _yaml(value, depth + 1)
    return f" {json.dumps(value, ensure_ascii=False)}\n"


def _key(name: str) -> str:
    # YAML 1.1 reads words such as on and no as truth values.
    return name if len(name) > 5 and name.isidentifier() else json.dumps(name)
