"""A rule that may refuse is asked with a day, so that it says nothing before it is in force."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SERVICES: Final = Path(__file__).resolve().parents[2] / "services"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _refuses(function: Function) -> bool:
    """Whether a function is a rule, and what it says is refusals."""
    is_rule = any(
        isinstance(mark, ast.Call) and _name(mark.func) == "rule"
        for mark in function.decorator_list
    )
    says = "" if function.returns is None else ast.unparse(function.returns)
    return is_rule and "Refusal" in says and not says.startswith("tuple")


def _name(called: ast.expr) -> str | None:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None


def _calls(tree: ast.AST, *, within: bool = False) -> Iterator[ast.Call]:
    """The calls of a file, but for what a rule asks of another that is a part of it."""
    for node in ast.iter_child_nodes(tree):
        inside = within or (isinstance(node, Function) and _refuses(node))
        if isinstance(node, ast.Call) and not inside:
            yield node
        yield from _calls(node, within=inside)


def test_no_refusing_rule_is_called_past_the_day_from_which_it_is_in_force() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SERVICES.rglob("*.py")}
    rules = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, Function) and _refuses(node)
    }
    called = [
        f"{path.relative_to(SERVICES)}:{call.lineno}: {_name(call.func)}"
        for path, tree in trees.items()
        for call in _calls(tree)
        if _name(call.func) in rules
    ]

    assert {"paid_once", "still_to_be_seen", "drawn_officer_only"} <= rules
    assert called == [], "call it by asked(day, rule, …)"
