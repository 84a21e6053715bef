"""What day it is, is asked when it is needed: a process outlives midnight, and so does a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("deploy", "services", "workflows", "tests")
ASKS: Final = {"now", "today", "yesterday", "tomorrow", "utcnow"}


def _when_imported(node: ast.AST) -> Iterator[ast.AST]:
    """All that Python does as it reads a module: not what functions do when they are called, yet
    their decorators and the values that stand for what is not given."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            if child in body:
                continue
        yield child
        yield from _when_imported(child)


def _asked(text: str) -> list[int]:
    """The lines on which it is asked."""
    calls = (node for node in _when_imported(ast.parse(text)) if isinstance(node, ast.Call))
    names = ((one, getattr(one.func, "attr", getattr(one.func, "id", ""))) for one in calls)
    return sorted(one.lineno for one, name in names if name in ASKS)


def test_no_module_keeps_the_day_on_which_it_was_imported() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): _asked(file.read_text("utf-8")) for file in files}

    assert {name: lines for name, lines in found.items() if lines} == {}


def test_what_would_keep_a_day_is_found() -> None:
    kept = "T = datetime.now(UTC)\n@marked(today())\ndef f(day=today()):\n    return today()\n"
    asked = "def f():\n    return today()\ng = lambda: today()\n"

    assert (_asked(kept), _asked(asked)) == ([1, 2, 3], [])
