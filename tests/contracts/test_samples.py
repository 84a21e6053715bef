"""The samples that documents and guides show are true to the contracts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from deploy.contracts import CONTRACTS, event_schema, event_types, openapi_of
from services.window.schemas import StreamMessage

SAMPLES: Final = CONTRACTS / "samples"
REQUESTS: Final = sorted((SAMPLES / "requests").glob("*/*.json"))
RESPONSES: Final = sorted((SAMPLES / "responses").glob("*/*.json"))
MESSAGES: Final = sorted((SAMPLES / "messages").glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@cache
def _document(service: str) -> dict[str, Any]:
    return openapi_of(service)


def _operation(path: Path, operation: str) -> dict[str, Any]:
    method, _, address = operation.partition(" ")
    found: dict[str, Any] = _document(path.parent.name)["paths"][address][method.lower()]
    return found


def _faults(schema: dict[str, Any], value: Any, **around: Any) -> list[str]:
    """What is wrong with a value by a schema that refers to the document around it."""
    validator = Draft202012Validator({**schema, **around})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("path", REQUESTS, ids=lambda p: p.stem)
def test_a_sample_request_is_one_the_service_describes(path: Path) -> None:
    sample = _read(path)
    body = _operation(path, sample["operation"])["requestBody"]["content"]["application/json"]

    components = _document(path.parent.name)["components"]
    assert _faults(body["schema"], sample["request"], components=components) == []


@pytest.mark.parametrize("path", RESPONSES, ids=lambda p: p.stem)
def test_a_sample_response_is_one_the_service_describes(path: Path) -> None:
    sample = _read(path)
    responses = _operation(path, sample["operation"])["responses"]
    found = responses.get(str(sample["status"])) or responses[f"{sample['status'] // 100}XX"]
    (content,) = found["content"].values()

    components = _document(path.parent.name)["components"]
    assert _faults(content["schema"], sample["response"], components=components) == []


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: p.stem)
def test_a_sample_message_is_an_envelope_around_its_event(path: Path) -> None:
    message = _read(path)

    assert _faults(StreamMessage.model_json_schema(mode="serialization"), message) == []
    assert _faults(event_schema(event_types()[path.stem]), message["data"]) == []
    assert message["type"] == path.stem
    assert message["id"] == f"{message['subject']}/{message['sequence']}"


def test_there_is_a_sample_message_of_every_event() -> None:
    assert {path.stem for path in MESSAGES} == set(event_types())


def test_there_is_a_sample_response_of_every_service() -> None:
    services = {path.parent.name for path in RESPONSES}

    assert services == {path.stem for path in (CONTRACTS / "openapi").glob("*.json")}
