"""What outsiders rely on is what the code does: contracts/ is compared with the code."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.operate.contracts import CONTRACTS, breaches, committed, export, generate
from migrations.apply import event_types

COMMAND = "run `make contracts` and look at the difference before committing it"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return generate()


def test_the_contracts_are_those_of_the_code(generated: dict[str, str]) -> None:
    problems = []
    for name, text in generated.items():
        path = CONTRACTS / name
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if there != text:
            problems += [f"BREAKING {name}: {breach}" for breach in breaches(path, text)]
            problems += _difference(name, there, text)
    there_only = {str(path.relative_to(CONTRACTS)) for path in committed()} - set(generated)
    problems += [f"BREAKING {name}: the code has it no more" for name in sorted(there_only)]

    assert not problems, "\n".join([COMMAND, *problems[:120]])


def _difference(name: str, there: str, text: str) -> list[str]:
    lines = difflib.unified_diff(
        there.splitlines(), text.splitlines(), f"committed/{name}", f"code/{name}", lineterm="", n=1
    )
    return list(lines)[:40]


@pytest.mark.slow
def test_the_same_code_writes_the_same_contracts(generated: dict[str, str]) -> None:
    assert generate() == generated


def test_the_asyncapi_document_describes_a_message_of_every_event(
    generated: dict[str, str],
) -> None:
    document = yaml.safe_load(generated["events/asyncapi.yaml"])

    assert document["asyncapi"] == "3.0.0"
    assert set(document["components"]["messages"]) == set(event_types())
    for name, message in document["components"]["messages"].items():
        body = message["payload"]["allOf"][1]["properties"]
        assert body == {"type": {"const": name}, "data": {"$ref": f"./{name}.json"}}


def test_no_value_is_a_json_number_with_decimals(generated: dict[str, str]) -> None:
    written = {name: text for name, text in generated.items() if '"type": "number"' in text}

    assert not written, "a decimal is text, a time is whole seconds or minutes"


_WRITTEN_ANEW = {
    "AccreditationAnswer.applied_at",
    "ReportAnswer.reported_at",
    "ReportAnswer.signed_at",
}
"""Instants of accreditation that its answers still describe as text; the set may only shrink."""


def test_every_instant_of_an_answer_is_described_as_one(generated: dict[str, str]) -> None:
    plain = {
        f"{model}.{field}"
        for name, text in generated.items()
        if name.startswith("openapi/")
        for model, shape in json.loads(text)["components"]["schemas"].items()
        for field, said in shape.get("properties", {}).items()
        if field.endswith("_at") and "date-time" not in (said.get("format"), *_formats(said))
    }

    assert sorted(plain - _WRITTEN_ANEW) == [], "an instant in an answer is a Moment"


def _formats(said: dict[str, Any]) -> list[str | None]:
    return [shape.get("format") for shape in said.get("anyOf", ())]


def test_no_answer_is_described_in_the_shape_of_the_framework(generated: dict[str, str]) -> None:
    named = [name for name, text in generated.items() if "HTTPValidationError" in text]

    assert named == [], (
        "a refusal is a problem of ours; a webhook's receiver answers in its own words"
    )


def _openapi(**changes: Any) -> dict[str, Any]:
    lot = {"type": "object", "properties": {"lot_id": {"type": "string"}}}
    lot["properties"] = {"lot_id": {"type": "string"}, "state": {"type": "string"}}
    read = {"parameters": [{"in": "query", "name": "limit"}]}
    return {"paths": {"/lots": {"get": read}}, "components": {"schemas": {"Lot": lot}}} | changes


@pytest.mark.parametrize(
    ("changed", "breach"),
    [
        ({"paths": {}}, "GET /lots is gone"),
        ({"paths": {"/lots": {"get": {}}}}, "GET /lots lost its parameter limit"),
        ({"components": {"schemas": {}}}, "schema Lot is gone"),
        (
            {"components": {"schemas": {"Lot": {"properties": {"lot_id": {"type": "string"}}}}}},
            "Lot.state is gone",
        ),
        (
            {
                "components": {
                    "schemas": {
                        "Lot": {
                            "properties": {
                                "lot_id": {"type": "integer"},
                                "state": {"type": "string"},
                            }
                        }
                    }
                }
            },
            "Lot.lot_id has another type",
        ),
    ],
)
def test_what_would_break_a_client_is_named(
    tmp_path: Path, changed: dict[str, Any], breach: str
) -> None:
    old = tmp_path / "declaration.json"
    old.write_text(json.dumps(_openapi()))

    assert list(breaches(old, json.dumps(_openapi(**changed)))) == [breach]


def test_what_is_only_added_breaks_nobody(tmp_path: Path) -> None:
    old = tmp_path / "LotSold.json"
    old.write_text(json.dumps({"properties": {"purchase_id": {"type": "string"}}}))
    new = {"properties": {"purchase_id": {"type": "string"}, "kg": {"type": "string"}}}

    assert list(breaches(old, json.dumps(new))) == []


def test_a_renamed_field_of_an_event_is_named(tmp_path: Path) -> None:
    old = tmp_path / "LotSold.json"
    old.write_text(json.dumps({"properties": {"purchase_id": {"type": "string"}}}))

    assert list(breaches(old, json.dumps({"properties": {"purchase": {"type": "string"}}}))) == [
        "LotSold.purchase_id is gone"
    ]


@pytest.mark.slow
def test_the_command_writes_everything_and_says_what_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], generated: dict[str, str]
) -> None:
    stale = tmp_path / "events" / "LotForgotten.json"
    stale.parent.mkdir()
    stale.write_text("{}")

    export(directory=tmp_path)

    written = {str(path.relative_to(tmp_path)) for path in committed(tmp_path)}
    assert written == set(generated)
    assert "BREAKING events/LotForgotten.json: it is gone" in capsys.readouterr().out
