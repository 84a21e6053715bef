"""Every code that a person may meet is explained: states in the glossary, refusals in statuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.operate import wordbook
from deploy.operate.backlog import KINDS
from services.kernel.refusal import FORMS, places_of
from services.kernel.states import StateTable
from services.manifests import case_kinds, names, scopes_of_roles
from services.platform import words

ROOT: Final = Path(__file__).resolve().parents[2]
GLOSSARY: Final = (ROOT / "docs" / "glossary.md").read_text()
STATUSES: Final = (ROOT / "docs" / "guide" / "statuses.md").read_text()
OPERATIONS: Final = (ROOT / "docs" / "guide" / "operations.md").read_text()


def coded(page: str) -> set[str]:
    """What stands in code quotes on a page."""
    return set(re.findall(r"`([A-Za-z_]+)`", page))


def tables() -> dict[tuple[str, str], StateTable[Any]]:
    """Every state table of every service, by service and name."""
    found = {}
    for service in names():
        if (ROOT / "services" / service / "domain" / "states.py").exists():
            module = import_module(f"services.{service}.domain.states")
            for name, value in vars(module).items():
                if isinstance(value, StateTable):
                    found[service, name] = value
    return found


def states() -> Iterator[tuple[str, str]]:
    """Every state of every state table of every service."""
    for (service, _), table in tables().items():
        kinds = {type(state) for state, _ in table.moves}
        yield from ((service, str(s)) for kind in kinds for s in members(kind))


def members(kind: type) -> list[str]:
    return [str(member) for member in kind] if issubclass(kind, StrEnum) else []


@pytest.mark.parametrize(("service", "state"), sorted(set(states())))
def test_every_state_is_in_the_glossary(service: str, state: str) -> None:
    assert f"`{state}`" in GLOSSARY, f"{state} of {service}"


def test_every_refusal_is_explained() -> None:
    codes = {reason.code for reason in words.reasons().values()}
    assert sorted(codes - coded(STATUSES)) == []
    assert sorted(codes - coded(GLOSSARY)) == []


def test_the_tables_of_the_pages_are_those_of_the_code() -> None:
    stale = [name for name, text in wordbook.pages().items() if (ROOT / name).read_text() != text]
    assert stale == [], "run `make words` and look at the difference before committing it"


@pytest.mark.parametrize("language", wordbook.TRANSLATED)
def test_everything_that_a_person_may_read_is_translated(language: str) -> None:
    catalog = wordbook.updated(language)
    waiting = [m.id for m in catalog if m.id and (m.fuzzy or not m.string)]
    assert waiting == [], "run `make words` and translate what it names"
    written = words.catalog_path(language).read_bytes()
    assert wordbook.as_po(catalog) == written, "run `make words`"


NUMBER: Final = re.compile(r"(?<![\w.{}])\d+(?![\w.}])")
WRITTEN_OUT: Final = {
    "1. The goods",
    "2. Truck and seller",
    "3. Where, when, who",
    "Each cross-border RMB payment is reported by the next business day (T+1).",
    "RCEP chapter 3",
    "RCEP chapter 4",
    "policy paper 1 (Dongxing)",
}
"""Of which a language writes the number as a word, or says it without."""


@pytest.mark.parametrize("language", wordbook.TRANSLATED)
def test_a_number_that_a_sentence_says_is_said_in_every_language(language: str) -> None:
    lost = [
        message.id
        for message in wordbook.updated(language)
        if isinstance(message.id, str)
        and message.id not in WRITTEN_OUT
        and set(NUMBER.findall(message.id)) - set(re.findall(r"\d+", str(message.string)))
    ]
    assert lost == []


@pytest.mark.parametrize("language", wordbook.TRANSLATED)
def test_a_translation_has_the_places_of_its_sentence(language: str) -> None:
    catalog = wordbook.updated(language)
    differing = [m.id for m in catalog if places_of(str(m.id)) != places_of(str(m.string))]
    assert differing == []


def test_every_kind_of_place_is_a_form_or_a_vocabulary() -> None:
    kinds = {kind for r in words.reasons().values() for kind in r.places.values()}
    assert kinds - FORMS - set(words.vocabularies()) == set()


@pytest.mark.parametrize(("service", "name"), sorted(tables()))
def test_every_state_and_act_of_a_table_has_its_words(service: str, name: str) -> None:
    table = tables()[service, name]
    known = words.vocabularies()[table.name]
    used = {str(code) for state, act in table.moves for code in (state, act)}
    assert used | set(map(str, table.moves.values())) <= set(known)
    assert table.name in words.vocabularies()["case"]


def test_everything_that_a_case_waits_for_is_in_the_glossary() -> None:
    tables = [kind.states for kind in case_kinds().values()]
    waited = {w.code for t in tables for w in (*chain(*map(t.waits, t.held)), *t.aside)}
    unknown = waited - coded(GLOSSARY)
    assert sorted(unknown) == []


def test_every_line_of_the_glossary_is_in_three_languages() -> None:
    rows = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("|")]
    assert [row for row in rows if not all(cell.strip() for cell in row)] == []


def test_every_role_and_every_kind_of_backlog_is_named() -> None:
    guides = "".join(p.read_text() for p in (ROOT / "docs").rglob("*.md"))
    assert [role for role in scopes_of_roles() if role not in guides] == []
    assert set(KINDS) <= coded(OPERATIONS)
