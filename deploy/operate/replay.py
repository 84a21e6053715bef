"""The command `tradewindow replay`: cases begun under an earlier version go on under this one.

Saved histories of real cases are replayed against the workflows of this tree, without any server.
A history that no longer replays means that open cases would be stuck after the next deployment.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

import workflows
from deploy.operate.data_directory import LocalError
from deploy.operate.home import Home
from deploy.operate.settings import settings_here
from services.platform import temporal
from services.platform.sealing import Seal

HISTORIES: Final = Path(__file__).resolve().parents[2] / "tests" / "replay" / "histories"

_PROCESS: Final = re.compile(r"[0-9]+@")


async def run(
    *,
    histories: Path = HISTORIES,
    record: str | None = None,
    name: str | None = None,
    home: Home = None,
) -> int:
    """Replay the saved workflow histories against the workflows of this tree.

    Parameters
    ----------
    histories
        The folder with the histories, one JSON file each.
    record
        A case of a running window, e.g. lot_…, whose history is saved first. Where SECRETS_FILE
        is set, the environment says of which; what is sealed is saved opened.
    name
        The file name of the recorded history; the case's id when not given.
    """
    if record is not None:
        settings = settings_here(home)
        access = temporal.access_of(settings)
        client = await temporal.connect(
            settings.temporal_address, settings.temporal_namespace, access=access
        )
        await save(client, record, histories / f"{name or record}.json", seal=access.seal)
    found = saved_in(histories)
    if not found:
        raise LocalError(f"{histories} holds no histories; record one with --record CASE.")
    broken = 0
    for path in found:
        failure = await replayed(path)
        broken += failure is not None
        print(f"{path.stem:<40} {'ok' if failure is None else f'BROKEN: {failure}'}")
    return 1 if broken else 0


def saved_in(folder: Path) -> list[Path]:
    """The saved histories of a folder, by name."""
    return sorted(folder.glob("*.json"))


def workflow_classes() -> Iterator[type]:
    """Every workflow of the package `workflows`."""
    for module in pkgutil.iter_modules(workflows.__path__, "workflows."):
        for value in vars(import_module(module.name)).values():
            defined_here = getattr(value, "__module__", None) == module.name
            if defined_here and hasattr(value, "__temporal_workflow_definition"):
                yield value


def replayer(*classes: type) -> Replayer:
    """A replayer with the sandbox and the converter of the workers."""
    return Replayer(
        workflows=classes or tuple(workflow_classes()),
        workflow_runner=temporal.sandbox(),
        data_converter=pydantic_data_converter,
    )


def history_of(path: Path) -> WorkflowHistory:
    """A saved history."""
    return WorkflowHistory.from_json(path.stem, json.loads(path.read_text()))


async def replayed(path: Path) -> str | None:
    """None when a saved history replays, else why it does not."""
    result = await replayer().replay_workflow(history_of(path), raise_on_replay_failure=False)
    return None if result.replay_failure is None else str(result.replay_failure)


async def save(client: Client, case: str, path: Path, *, seal: Seal | None = None) -> None:
    """Save a case's history so far, opened and without the names of machines."""
    history = await client.get_workflow_handle(case).fetch_history()
    if seal is not None:
        for event in history.events:
            _open(event, seal)
    _write(path, _anonymous(json.loads(history.to_json())))


def _open(message: Any, seal: Seal) -> None:
    """Leave every sealed payload in a message of the engine's as it was. Raises Unopened."""
    if isinstance(message, Payload):
        message.CopyFrom(seal.opened(message))
        return
    for inner in _within(message):
        _open(inner, seal)
    if isinstance(message, Failure) and message.HasField("encoded_attributes"):
        said = json.loads(message.encoded_attributes.data)
        message.message, message.stack_trace = said["message"], said["stack_trace"]
        message.ClearField("encoded_attributes")


def _within(message: Any) -> Iterator[Any]:
    """The messages that one holds, in its fields, lists and maps."""
    for described, value in message.ListFields():
        kind = described.message_type
        if kind is None:
            continue
        if kind.GetOptions().map_entry:
            if kind.fields_by_name["value"].message_type is not None:
                yield from value.values()
        elif described.is_repeated:
            yield from value
        else:
            yield value


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _anonymous(value: Any) -> Any:
    """Without process and host, which identities and the names of sticky queues carry."""
    if isinstance(value, dict):
        return {key: _anonymous(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_anonymous(inner) for inner in value]
    return "worker" if isinstance(value, str) and _PROCESS.match(value) else value
