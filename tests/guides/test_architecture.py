"""Whoever reads ARCHITECTURE.md finds each step of a declaration in the place that it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
_TEXT: Final = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
_NAMED: Final = re.compile(r"`([a-z][\w/]*/[\w/.]+\.(?:py|sql|md)): (\w+)`")
_PATH: Final = re.compile(r"`((?:services|workflows|deploy|migrations|tests|docs)/[\w/.-]+)`")
_ROW: Final = re.compile(r"^\| ([^|]+) \| (`[^|]+: \w+`[^|]*) \|$", flags=re.MULTILINE)
STEPS: Final = (
    *("entered", "manifest", "submitted", "confirmation", "screening", "draw", "finding"),
    *("countersignature", "release", "gate pass", "purchase", "instructed", "the bank's word"),
    *("pooled price", "firm quote", "takes its message", "silent bank", "escorted movement"),
    *("unit consumption", "amended", "withdrawn"),
    *("receipt", "book closed", "closing of the lot"),
)


@pytest.mark.parametrize(("file", "function"), _NAMED.findall(_TEXT))
def test_what_is_named_stands_where_it_is_said_to(file: str, function: str) -> None:
    # A walk says once of which service it speaks; what follows names the rest.
    found = [p for p in (ROOT / file, *ROOT.glob(f"services/*/{file}")) if p.is_file()]
    code = "\n".join(path.read_text(encoding="utf-8") for path in found)
    assert re.search(rf"\bdef {function}\b", code), f"{file}: {function}"


@pytest.mark.parametrize("path", sorted(set(_PATH.findall(_TEXT))))
def test_every_path_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists(), path


@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_a_declaration_is_in_the_table(step: str) -> None:
    assert any(re.search(rf"\b{step}\b", named) for named, _ in _ROW.findall(_TEXT)), step


@pytest.mark.parametrize("row", _ROW.findall(_TEXT), ids=lambda row: str(row[0]))
def test_a_step_is_called_by_the_services_own_way_in(row: tuple[str, str]) -> None:
    """So a route or an activity leads to where its step is decided, and back, by one name."""
    for file, function in _NAMED.findall(row[1]):
        service, room = file.split("/")[1:3]
        if room == "commands":
            home = ROOT / "services" / service
            ways_in = [*home.glob("api*"), *home.glob("api/*.py"), *home.glob("activities.py")]
            code = "\n".join(path.read_text(encoding="utf-8") for path in ways_in if path.is_file())
            assert re.search(rf"\b{function}\b", code), f"{file}: {function}"
