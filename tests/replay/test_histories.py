"""Cases begun under an earlier version go on under this one: saved histories replay."""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import SandboxImportNotificationPolicy

from deploy.operate import replay
from deploy.operate.data_directory import LocalError
from services.platform import temporal
from tests.replay.fingerprints import SAVED, fingerprints
from tests.support.harbour import Harbour
from workflows.desk import Desk
from workflows.resident_declaration import ResidentDeclaration

SAVED_HISTORIES = replay.saved_in(replay.HISTORIES)
WORKFLOWS = sorted(replay.workflow_classes(), key=lambda c: c.__name__)
GREEN = replay.HISTORIES / "resident_declaration_green.json"


def names(values: list[Any]) -> list[str]:
    return [v.stem if isinstance(v, Path) else v.__name__ for v in values]


@pytest.mark.parametrize("path", SAVED_HISTORIES, ids=names(SAVED_HISTORIES))
async def test_a_saved_case_goes_on(path: Path) -> None:
    assert await replay.replayed(path) is None


def test_every_workflow_has_the_histories_of_its_ends() -> None:
    saved = {path.stem for path in SAVED_HISTORIES}
    assert saved >= {
        "resident_declaration_green",
        "resident_declaration_inspected",
        "resident_declaration_rejected",
        "resident_declaration_seized",
        "resident_declaration_cancelled",
        "resident_declaration_late_after_48_hours",
        "resident_declaration_closed",
        "inspection_released",
        "inspection_unstaffed",
        "inspection_withdrawn",
        "rmb_settlement_settled",
        "rmb_settlement_rejected",
        "rmb_settlement_held",
        "rmb_settlement_silent",
        "landing_processing_closed",
        "landing_processing_late",
        "aeo_accreditation_reviewed",
    }
    started = {_type_of(path) for path in SAVED_HISTORIES}
    assert {workflow._Definition.must_from_class(c).name for c in WORKFLOWS} == started


def _type_of(path: Path) -> str:
    first = json.loads(path.read_text())["events"][0]
    return str(first["workflowExecutionStartedEventAttributes"]["workflowType"]["name"])


FIRST_LINE = '        """The lot\'s final state."""\n'
IMPORTS = "from temporalio import workflow\n"


def altered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inserted: str, *, after: str = FIRST_LINE
) -> type:
    """The lot's workflow with a line put in, as somebody might."""
    source = inspect.getsource(inspect.getmodule(ResidentDeclaration))  # type: ignore[arg-type]
    assert source.count(after) == 1
    indent = " " * (len(after) - len(after.lstrip()))
    name = f"altered_{abs(hash(inserted))}"
    (tmp_path / f"{name}.py").write_text(source.replace(after, f"{after}{indent}{inserted}\n"))
    monkeypatch.syspath_prepend(tmp_path)
    changed: type = importlib.import_module(name).ResidentDeclaration
    return changed


async def test_a_timer_put_before_a_step_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = altered(tmp_path, monkeypatch, "await workflow.sleep(1)")
    with pytest.raises(workflow.NondeterminismError):
        await replay.replayer(changed).replay_workflow(replay.history_of(GREEN))


async def test_the_same_timer_under_a_patch_lets_open_cases_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = 'if workflow.patched("wait-first"): await workflow.sleep(1)'
    changed = altered(tmp_path, monkeypatch, line)
    await replay.replayer(changed).replay_workflow(replay.history_of(GREEN))


@pytest.mark.parametrize("defined", [*WORKFLOWS, Desk], ids=names([*WORKFLOWS, Desk]))
def test_a_workflows_commands_are_those_that_the_histories_were_saved_with(defined: type) -> None:
    """Fails after every edit of a command: first make sure that open cases replay, then write the
    fingerprints anew (python -m tests.replay.fingerprints)."""
    saved = json.loads(SAVED.read_text())
    assert fingerprints()[defined.__name__] == saved.get(defined.__name__)


def prepare_strictly(defined: type) -> None:
    """Load a workflow as a worker does, except that whatever slips through is an error."""
    strict = temporal.sandbox().restrictions.with_import_notification_policy(
        SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    )
    runner = SandboxedWorkflowRunner(restrictions=strict)
    runner.prepare_workflow(workflow._Definition.must_from_class(defined))


@pytest.mark.parametrize("defined", WORKFLOWS, ids=names(WORKFLOWS))
async def test_a_workflow_imports_nothing_unintended_into_the_sandbox(defined: type) -> None:
    prepare_strictly(defined)


async def test_an_unintended_import_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = altered(tmp_path, monkeypatch, "import sqlalchemy", after=IMPORTS)
    with pytest.raises(Exception, match="sqlalchemy"):
        prepare_strictly(changed)


IDENTITY_NUMBER = re.compile(r"(?<![0-9a-f])[1-9][0-9]{16}[0-9Xx](?![0-9a-f])")
PHONE = re.compile(r"(?<![0-9a-f])1[3-9][0-9]{9}(?![0-9a-f])")
PERSONAL = {"resident_no", "name", "phone", "vehicle_plate", "seller", "account"}


def payloads(value: Any) -> Iterator[str]:
    """Every payload of a history in clear, and every other text of it."""
    if isinstance(value, dict):
        if "encoding" in value.get("metadata", {}):
            yield base64.b64decode(value.get("data", "")).decode()
        for inner in value.values():
            yield from payloads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from payloads(inner)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize("path", SAVED_HISTORIES, ids=names(SAVED_HISTORIES))
def test_a_history_holds_no_personal_data_and_no_machines_name(path: Path) -> None:
    history = json.loads(path.read_text())
    said = list(payloads(history))
    assert said
    for text in said:
        assert not IDENTITY_NUMBER.search(text), text
        assert not PHONE.search(text), text
        assert not PERSONAL & set(keys(json.loads(text or "null"))), text
    assert "@" not in path.read_text()


@pytest.mark.slow
async def test_the_command_replays_all_and_says_a_line_for_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await replay.run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [p.stem for p in SAVED_HISTORIES]
    assert all(line.endswith("ok") for line in lines)


async def test_the_command_names_the_history_that_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = json.loads(GREEN.read_text())
    markers = [e for e in history["events"] if e["eventType"] == "EVENT_TYPE_MARKER_RECORDED"]
    history["events"] = [e for e in history["events"] if e is not markers[0]]
    for number, event in enumerate(history["events"], start=1):
        event["eventId"] = str(number)
    (tmp_path / "lost_step.json").write_text(json.dumps(history))
    assert await replay.run(histories=tmp_path) == 1
    assert "BROKEN" in capsys.readouterr().out


async def test_a_case_of_today_is_saved_without_a_machines_name_and_replays(
    harbour: Harbour, tmp_path: Path
) -> None:
    lot_id = await harbour.released(await harbour.group(1), values=["10.00"])
    settings = harbour.window.assembly.settings
    client = await temporal.connect(settings.temporal_address, settings.temporal_namespace)
    await replay.save(client, lot_id, tmp_path / "today.json")
    assert await replay.replayed(tmp_path / "today.json") is None
    assert '"identity": "worker"' in (tmp_path / "today.json").read_text()
    assert "@" not in (tmp_path / "today.json").read_text()


async def test_a_folder_without_histories_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no histories"):
        await replay.run(histories=tmp_path)
