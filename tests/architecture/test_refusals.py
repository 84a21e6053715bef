"""A code is stated once, with one status; who refuses gives its sentence its values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from services.kernel.refusal import Reason
from services.platform import words

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("services", "deploy", "workflows")
FILES: Final = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TREES: Final = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in FILES}
_WORD: Final = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
TABLES: Final = (
    *("services/kernel/refusals.py", "services/kernel/signature_refusals.py"),
    *("services/kernel/mistakes.py", "domain/refusals.py"),
)


def is_table(path: str) -> bool:
    return path.endswith(TABLES)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in names:
                yield node


def test_a_code_has_one_status_and_one_title_whoever_states_it() -> None:
    stated: dict[str, set[tuple[int, str]]] = {}
    for room in words.rooms().values():
        for reason in room.values():
            stated.setdefault(reason.code, set()).add((reason.status, reason.title))
    assert {code: said for code, said in stated.items() if len(said) > 1} == {}


def test_no_two_tables_state_the_same_sentence_of_a_code_differently() -> None:
    stated: dict[str, set[str]] = {}
    for room in words.rooms().values():
        for key, reason in room.items():
            stated.setdefault(key, set()).add(reason.sentence)
    assert {key: said for key, said in stated.items() if len(said) > 1} == {}


def test_no_table_states_a_sentence_twice() -> None:
    for path, tree in TREES.items():
        if is_table(path):
            made = list(calls(tree, "Reason", "also"))
            module = import_module(path.removesuffix(".py").replace("/", "."))
            room = {words.key_of(r) for r in vars(module).values() if isinstance(r, Reason)}
            assert len(room) == len(made), path


def test_reasons_are_stated_in_the_tables_alone() -> None:
    strays = [
        f"{path}:{call.lineno}"
        for path, tree in TREES.items()
        if path != "services/kernel/refusal.py" and not is_table(path)
        for call in calls(tree, "Reason", "Refusal")
    ]
    assert strays == [], "a reason is stated in domain/refusals.py and used by its name"


@pytest.mark.parametrize("path", [path for path in TREES if is_table(path)])
def test_no_sentence_is_put_together_where_it_is_stated(path: str) -> None:
    found = [n.lineno for n in ast.walk(TREES[path]) if isinstance(n, ast.JoinedStr | ast.BinOp)]
    assert found == [], "values stand in named places, so that it can be said in any language"


def test_no_status_is_changed_by_an_import() -> None:
    changed = [
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "STATUS"
    ]
    assert changed == []


def named(module: ModuleType, expression: ast.expr) -> Any:
    """What a name or a dotted name of a module stands for; None for anything else."""
    match expression:
        case ast.Name(id=name):
            return getattr(module, name, None)
        case ast.Attribute(value=inner, attr=name):
            return getattr(named(module, inner), name, None)
    return None


def refusals_of(path: str) -> Iterator[tuple[ast.Call, Reason]]:
    """Where a reason of a table is given its values: the call, and the reason."""
    found = list(calls(TREES[path], "at"))
    if not found:
        return
    module = import_module(path.removesuffix("/__init__.py").removesuffix(".py").replace("/", "."))
    for call in found:
        if isinstance(call.func, ast.Attribute):
            reason = named(module, call.func.value)
            if isinstance(reason, Reason):
                yield call, reason


def _given(call: ast.Call) -> set[str] | None:
    """The places that a call fills; None when some come in a mapping, which a run must show."""
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else {name for name in names if name}


def test_every_place_of_a_sentence_is_given_its_value() -> None:
    seen = [(path, *found) for path in TREES for found in refusals_of(path)]
    empty = [
        (f"{path}:{call.lineno}", reason.code, missing)
        for path, call, reason in seen
        if (given := _given(call)) is not None and (missing := set(reason.places) - given)
    ]
    assert len(seen) > 200, "the test has lost sight of them"
    assert empty == []


def test_every_reason_is_used() -> None:
    used = {name for tree in TREES.values() for name in names_read(tree)}
    stated = [name for path in TREES if is_table(path) for name in names_of(path)]
    assert [name for name in stated if name not in used] == []


def names_read(tree: ast.AST) -> Iterator[str]:
    """What a module reads of its own or of another: names and attributes, no words of a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def names_of(table: str) -> list[str]:
    module = import_module(table.removesuffix(".py").replace("/", "."))
    return [name for name, value in vars(module).items() if isinstance(value, Reason)]


@pytest.mark.parametrize("path", [p for p in TREES if "/schemas" in p or "/kernel/fields/" in p])
def test_what_a_field_refuses_is_a_sentence_of_a_table(path: str) -> None:
    """A ValueError's text would be read in English by everybody."""
    raised = [
        call.lineno
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Raise) and node.exc is not None
        for call in calls(node.exc, "ValueError", "AssertionError", "PydanticCustomError")
    ]
    assert raised == [], "raise Mistake(<reason>.at())"
