"""Every code that a person may meet is explained: states in the glossary, refusals in statuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from deploy.backlog import KINDS
from services.kernel.states import StateTable
from services.platform import problem
from services.platform.roles import SCOPES_OF_ROLE
from services.platform.settings import SERVICES
from services.window.domain.rules.standing import STANDINGS

ROOT: Final = Path(__file__).resolve().parents[2]
GLOSSARY: Final = (ROOT / "docs" / "glossary.md").read_text()
STATUSES: Final = (ROOT / "docs" / "guide" / "statuses.md").read_text()
OPERATIONS: Final = (ROOT / "docs" / "guide" / "operations.md").read_text()
_CODE: Final = re.compile(r"[A-Z]{2,}(_[A-Z]+)*")
_REFUSING: Final = {"Refusal", "refusal", "refused", "invalid"}


def coded(page: str) -> set[str]:
    """What stands in code quotes on a page."""
    return set(re.findall(r"`([A-Za-z_]+)`", page))


def states() -> Iterator[tuple[str, str]]:
    """Every state of every state table of every service."""
    for service in SERVICES:
        path = ROOT / "services" / service / "domain" / "states.py"
        if path.exists():
            module = import_module(f"services.{service}.domain.states")
            for value in vars(module).values():
                if isinstance(value, StateTable):
                    kinds = {type(state) for state, _ in value.moves}
                    yield from ((service, str(s)) for kind in kinds for s in members(kind))


def members(kind: type) -> list[str]:
    return [str(member) for member in kind] if issubclass(kind, StrEnum) else []


@pytest.mark.parametrize(("service", "state"), sorted(set(states())))
def test_every_state_is_in_the_glossary(service: str, state: str) -> None:
    assert f"`{state}`" in GLOSSARY, f"{state} of {service}"


def refusal_codes() -> set[str]:
    """Codes that stand as text in a refusal, or in a table of refusals."""
    found = set(problem.STATUS) | problem.UNPROCESSABLE
    for path in (ROOT / "services").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in _REFUSING and node.args:
                found |= _codes(node.args[0])
            elif path.name == "refusals.py" and isinstance(node, ast.AnnAssign) and node.value:
                found |= _codes(node.value)
                if isinstance(node.value, ast.Dict):
                    found |= {code for key in node.value.keys if key for code in _codes(key)}
    return found


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _codes(value: ast.expr) -> set[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value} if _CODE.fullmatch(value.value) else set()
    return set()


def test_every_refusal_is_explained() -> None:
    assert sorted(refusal_codes() - coded(STATUSES)) == []
    assert sorted(refusal_codes() - coded(GLOSSARY)) == []


def test_statuses_of_the_tables_are_those_of_the_code() -> None:
    for service in SERVICES:
        import_module(f"services.{service}.app")
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| (\S+) \|", STATUSES, re.MULTILINE)
    said = {code: status for codes, status in rows for code in coded(codes)}
    wrong = {c: s for c, s in said.items() if s != str(problem.status_of(c))}
    assert wrong == {}


def test_everything_that_a_case_waits_for_is_in_the_glossary() -> None:
    waited = {m.code for states in STANDINGS.values() for s in states.values() for m in s.missing}
    unknown = waited - coded(GLOSSARY)
    assert sorted(unknown) == []


def test_every_line_of_the_glossary_is_in_three_languages() -> None:
    rows = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("|")]
    assert [row for row in rows if not all(cell.strip() for cell in row)] == []


def test_every_role_and_every_kind_of_backlog_is_named() -> None:
    guides = "".join(p.read_text() for p in (ROOT / "docs").rglob("*.md"))
    assert [role for role in SCOPES_OF_ROLE if role not in guides] == []
    assert set(KINDS) <= coded(OPERATIONS)
