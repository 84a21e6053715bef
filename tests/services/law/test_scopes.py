"""A parameter may be narrowed exactly where a reader asks for it in a scope."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from services.law.domain.rules.reading import SCOPES

SERVICES: Final = Path(__file__).parents[3] / "services"
THE_BOOK: Final = SERVICES / "kernel" / "policy.py"
A_KEY: Final = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
READS: Final = {"get", "row", "own", "decimal", "integer"}


@cache
def modules() -> list[ast.Module]:
    """All of the services' code but the book of parameters itself."""
    return [ast.parse(path.read_text()) for path in SERVICES.rglob("*.py") if path != THE_BOOK]


def assigned(tree: ast.AST, name: str) -> set[str]:
    """The texts that a name may stand for there."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                texts = (n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant))
                found |= {text for text in texts if isinstance(text, str)}
    return found


def asked_in_a_scope() -> Iterator[str]:
    """Keys of parameters that somebody reads in a scope, whatever the code calls them there."""
    for tree in modules():
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            scoped = any(keyword.arg == "scope" for keyword in call.keywords)
            if call.func.attr != "scopes" and not (scoped and call.func.attr in READS):
                continue
            key = call.args[0]
            if isinstance(key, ast.Constant):
                yield str(key.value)
            elif isinstance(key, ast.Name):
                own = assigned(tree, key.id)
                yield from own or set().union(*(assigned(t, key.id) for t in modules()))


def test_what_is_asked_in_a_scope_may_be_narrowed_to_it_and_nothing_else() -> None:
    keys = {key for key in asked_in_a_scope() if A_KEY.fullmatch(key)}
    assert keys == set(SCOPES)
