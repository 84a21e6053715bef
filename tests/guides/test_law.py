"""Every rule comes from a source that the page on the law describes, and says how sure it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from migrations.apply import event_types
from services.kernel.events import Event
from services.kernel.rule import Rule
from services.platform import words
from services.platform.language import CHINESE, VIETNAMESE
from services.platform.rulebook import CONTEXT, rulebook
from services.processing.domain.states import RAISED_BY
from services.risk.domain.rules.screening import rules_of as lane_ruled
from services.settlement.domain.rules.doubts import DOUBTED_BY
from services.settlement.domain.rules.doubts import rules_of as doubts_ruled
from tests.support.window import Window

ROOT: Final = Path(__file__).resolve().parents[2]
LAW: Final = (ROOT / "docs" / "law.md").read_text()
_ROW: Final = re.compile(r'^\| <a id="(?P<key>[a-z0-9-]+)"></a>`(?P=key)` \|(?P<rest>.+)\|$', re.M)
SOURCES: Final = {row["key"]: row["rest"].split("|") for row in _ROW.finditer(LAW)}
SURE: Final = ("text", "copy", "practice", "assumption")


@pytest.mark.parametrize("rule", rulebook().values(), ids=lambda rule: rule.code)
def test_a_rule_names_a_source_of_the_page_on_the_law(rule: Rule) -> None:
    assert rule.source in SOURCES
    assert rule.law.endswith(".")


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_says_who_since_when_and_how_sure(source: str) -> None:
    what, authority, since, sure = (cell.strip() for cell in SOURCES[source])
    assert what and authority and since
    assert sure.startswith(SURE)


@pytest.mark.parametrize(
    "event",
    [e for e in event_types().values() if "rules" in e.model_fields],
    ids=lambda e: e.__name__,
)
def test_a_verdict_names_rules_that_there_are(event: type[Event]) -> None:
    assert set(event.model_fields["rules"].get_default()) <= set(rulebook())


def test_every_doubt_and_every_reason_of_screening_is_a_rules() -> None:
    doubts = (*DOUBTED_BY, "BACKGROUND_NOT_RELEASED", "BACKGROUND_BANK_DIFFERS")
    held = doubts_ruled(doubts)
    assert held == ("SET-09", "SET-12", "SET-24", "SET-19", "SET-28", "SET-16", "SET-10")
    chosen = lane_ruled(("RANDOM", "CONTROL_HIT:ctl_1", "LARGE_VALUE", "CONTROL_HIT:ctl_2"))
    assert chosen == ("INS-SCREEN", "INS-DRAW", "INS-CONTROL")
    assert lane_ruled(()) == ("INS-SCREEN",)
    alerts = {rule for rules in RAISED_BY.values() for rule in rules}
    assert {*held, *chosen, *lane_ruled(("RATE_MISSING",)), *alerts} <= set(rulebook())


async def test_the_rules_are_read_in_the_readers_language(window: Window) -> None:
    clerk = window.parties.act_as("clerk", "group:G1")
    for language in (CHINESE, VIETNAMESE):
        answer = await clerk.http.get(
            "/law/v1/rules",
            params={"service": "declaration"},
            headers={"Authorization": f"Bearer {clerk.bearer}", "Accept-Language": language},
        )
        quota = next(rule for rule in answer.json()["items"] if rule["code"] == "HUSHI-QUOTA")
        assert quota["source"] == "exemption-2008"
        law = rulebook()["HUSHI-QUOTA"].law
        assert quota["says"] == words.translated(law, language, CONTEXT) != law
        assert answer.headers["Content-Language"] == language


def test_every_rule_is_asked_by_something_that_decides() -> None:
    """A rule that only tests call would stand in the list and decide nothing."""
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for path in (ROOT / "services").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    ruled = {
        f.name: path.name
        for place in ("kernel/rules/*.py", "*/domain/rules/*.py")
        for path in (ROOT / "services").glob(place)
        for f in ast.walk(ast.parse(path.read_text()))
        if isinstance(f, ast.FunctionDef)
        and any(isinstance(d, ast.Call) and ast.unparse(d.func) == "rule" for d in f.decorator_list)
    }
    assert len(ruled) == len(rulebook())
    assert {name: where for name, where in ruled.items() if name not in names} == {}
