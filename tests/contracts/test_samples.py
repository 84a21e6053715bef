"""The samples that documents and guides show are true to the contracts."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from deploy.operate.contracts import CONTRACTS, event_schema
from migrations.apply import event_types
from services.accreditation.domain.rules.credit import grounds_support_level
from services.accreditation.domain.rules.score import marks_complete
from services.inspection.domain.model import Declared, Order
from services.inspection.domain.rules.findings import findings_refusals
from services.kernel.lanes import Lane, Method
from services.manifests import manifest
from services.registry.domain.rules.identity import (
    bic_is_valid,
    credit_code_is_valid,
    customs_code_is_valid,
    resident_no_is_valid,
)
from services.risk.domain.rules.expression import expression_refusals
from services.window.schemas import StreamMessage
from tests.architecture.routes import described
from tests.support.reading import not_beijings

SAMPLES: Final = CONTRACTS / "samples"
REQUESTS: Final = sorted((SAMPLES / "requests").glob("*/*.json"))
RESPONSES: Final = sorted((SAMPLES / "responses").glob("*/*.json"))
MESSAGES: Final = sorted((SAMPLES / "messages").glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _operation(path: Path, operation: str) -> dict[str, Any]:
    method, _, address = operation.partition(" ")
    found: dict[str, Any] = described(path.parent.name)["paths"][address][method.lower()]
    return found


def _faults(schema: dict[str, Any], value: Any, **around: Any) -> list[str]:
    """What is wrong with a value by a schema that refers to the document around it."""
    validator = Draft202012Validator({**schema, **around})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("path", [*RESPONSES, *MESSAGES], ids=lambda p: p.stem)
def test_every_instant_that_is_shown_is_beijings(path: Path) -> None:
    assert not not_beijings(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", REQUESTS, ids=lambda p: p.stem)
def test_a_sample_request_is_one_the_service_describes(path: Path) -> None:
    sample = _read(path)
    body = _operation(path, sample["operation"])["requestBody"]["content"]["application/json"]

    components = described(path.parent.name)["components"]
    assert _faults(body["schema"], sample["request"], components=components) == []


@cache
def _bodies(service: str) -> dict[str, TypeAdapter[Any]]:
    """What each operation of a service reads its body with."""
    app = manifest(service).app(None)
    return {
        f"{method} {context.path_format}": TypeAdapter(body.field_info.rebuild_annotation())
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
        for body in context.original_route.dependant.body_params
        for method in context.methods or ()
    }


@pytest.mark.parametrize("path", REQUESTS, ids=lambda p: p.stem)
def test_a_sample_request_is_one_the_service_takes(path: Path) -> None:
    sample = _read(path)

    _bodies(path.parent.name)[sample["operation"]].validate_python(sample["request"])


def _sample(service: str, name: str) -> Any:
    path = SAMPLES / "requests" / service / f"{name}.json"
    document = _read(path)
    return _bodies(service)[document["operation"]].validate_python(document["request"])


def test_the_sample_risk_rule_hits_its_own_example() -> None:
    rule = _sample("risk", "rule_propose")

    assert expression_refusals(rule.expression, rule.example) == []


@pytest.mark.parametrize("name", ["accreditation_self_assess", "accreditation_report"])
def test_the_sample_marks_are_those_of_every_standard(name: str) -> None:
    applied = _sample("accreditation", "accreditation_apply")

    assert marks_complete(_sample("accreditation", name).marks, tuple(applied.trades)) is None


def test_the_sample_findings_stand() -> None:
    lot = _sample("declaration", "lot_submit")
    order = Order("ins_1", "lot_1", "ASSIGNED", Lane.RED, Method.FULL, 2, 0, ("ofc_a", "ofc_b"))
    declared = Declared(lot.hs_code, lot.origin, lot.net_kg, lot.pieces, Decimal("0.01"))
    findings = _sample("inspection", "findings_record").findings()

    assert findings_refusals(order, "ofc_a", findings, declared, on=date(2026, 11, 18)) == []


def test_the_sample_credit_level_follows_from_its_grounds() -> None:
    proposal = _sample("accreditation", "credit_propose").proposal()

    assert grounds_support_level(proposal.level, proposal.grounds, None, None) is None


def test_the_numbers_in_samples_have_their_check_digits() -> None:
    (enterprise,) = _sample("registry", "enterprises_file").rows
    (bank,) = _sample("registry", "banks_file").rows
    (resident,) = _sample("registry", "residents_file").rows

    assert credit_code_is_valid(enterprise.credit_code)
    assert customs_code_is_valid(enterprise.enterprise_code)
    assert bic_is_valid(bank.bic)
    assert resident_no_is_valid(resident.resident_no)


@pytest.mark.parametrize("path", RESPONSES, ids=lambda p: p.stem)
def test_a_sample_response_is_one_the_service_describes(path: Path) -> None:
    sample = _read(path)
    responses = _operation(path, sample["operation"])["responses"]
    found = responses.get(str(sample["status"])) or responses[f"{sample['status'] // 100}XX"]
    components = described(path.parent.name)["components"]
    if "$ref" in found:
        found = components["responses"][found["$ref"].rpartition("/")[2]]
    (content,) = found["content"].values()

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
