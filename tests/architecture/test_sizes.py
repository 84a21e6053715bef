"""Small on purpose: a function has at most 70 lines, a file at most 400. What is longer is listed
in allowed/ with its length, and may only get shorter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("deploy", "services", "workflows", "migrations", "tests")
FUNCTION_LINES_MAX: Final = 70
FILE_LINES_MAX: Final = 400


def _allowed(name: str) -> dict[str, int]:
    lines = (Path(__file__).parent / "allowed" / f"{name}.txt").read_text().splitlines()
    entries = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
    return {entry: int(length) for entry, length in entries}


def _files() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def _statements(block: ast.AST) -> Iterator[ast.AST]:
    """All that stands in a block, and in the blocks in it; what an expression is made of holds no
    function that has a name."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(block, part, ()):
            yield inner
            yield from _statements(inner)


@cache
def _long_functions() -> dict[str, int]:
    found: dict[str, int] = {}
    for file in _files():
        for node in _statements(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    found[f"{file.relative_to(ROOT)}:{node.name}"] = length
    return found


def _long_files() -> dict[str, int]:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in _files()
    }
    return {name: length for name, length in lengths.items() if length > FILE_LINES_MAX}


def test_no_function_is_longer_than_70_lines() -> None:
    allowed = _allowed("long_functions")

    assert {n: at for n, at in _long_functions().items() if at > allowed.get(n, 0)} == {}


def test_no_file_is_longer_than_400_lines() -> None:
    allowed = _allowed("long_files")

    assert {n: at for n, at in _long_files().items() if at > allowed.get(n, 0)} == {}


def test_an_exception_that_is_not_needed_any_more_is_struck() -> None:
    assert set(_allowed("long_functions")) <= set(_long_functions())
    assert set(_allowed("long_files")) <= set(_long_files())
