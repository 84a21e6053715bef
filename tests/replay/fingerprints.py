"""The commands of every workflow, read from its source: what a replay depends on.

    python -m tests.replay.fingerprints    writes fingerprints.json anew

Write it only once it is clear that open cases replay: the saved histories pass, or the change
stands under ``workflow.patched``.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from pathlib import Path
from typing import Final

from deploy.operate.replay import workflow_classes
from workflows.desk import Desk

SAVED: Final = Path(__file__).with_name("fingerprints.json")
_ON_HANDLES: Final = frozenset({"signal", "cancel"})
"""Calls on a child's handle that are commands too."""

_COMMANDING: Final = frozenset({"workflow", "asyncio", "self._desk"})
_NO_COMMANDS: Final = frozenset({"now", "info", "Lock", "Event"})


def fingerprint(defined: type) -> list[str]:
    """Every command in the order of the source: method, call, and what it is called with."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(defined)))
    (body,) = tree.body
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{defined} is no class")
    return [
        f"{method.name}: {command}"
        for method in body.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        for command in _commands(method)
    ]


def _commands(method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    calls = [node for node in ast.walk(method) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [command for call in calls if (command := _command(call)) is not None]


def _command(call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = ast.unparse(call.func.value)
    if owner == "self" or (owner in _COMMANDING and call.func.attr not in _NO_COMMANDS):
        first = ast.unparse(call.args[0]) if call.args else ""
        return f"{call.func.attr}({first})"
    if call.func.attr in _ON_HANDLES:
        return f"{owner}.{call.func.attr}()"
    return None


def fingerprints() -> dict[str, list[str]]:
    """Every workflow's commands by its class, and those of the desk that they all have."""
    return {
        defined.__name__: fingerprint(defined)
        for defined in sorted((*workflow_classes(), Desk), key=lambda c: c.__name__)
    }


if __name__ == "__main__":
    SAVED.write_text(json.dumps(fingerprints(), indent=1, ensure_ascii=False) + "\n")
