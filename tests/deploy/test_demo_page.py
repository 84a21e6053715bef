"""The report of a demonstration's day as a page: whole, in three languages, without a server."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.demo.day import Day, read_day
from deploy.demo.lots import LotRun
from deploy.demo.page import written
from deploy.demo.report import Outcome
from deploy.demo.sample_day import SampleDay
from services.platform.language import LANGUAGES


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A day of which one lot was closed, one refused, and the rest stands anywhere."""
    folder = tmp_path_factory.mktemp("day")
    SampleDay(lots=12, tickets=60, groups=3).write(folder)
    day: Day = read_day(folder)
    nasty = {"lot_ref": "<script>alert(1)</script>"}
    runs = [LotRun({**row, **(nasty if n == 2 else {})}, []) for n, row in enumerate(day.lots)]
    runs[0].lot_id, runs[0].states, runs[0].lane = "lot_1", ["RELEASED", "CLOSED"], "GREEN"
    runs[1].codes = ["QUOTA_EXCEEDED"]
    found = Outcome(day, runs, settled_minor=123_456)
    found.settlements = Counter({"SETTLED": 1})
    found.inspections = Counter({"RELEASE": 2, "WITHDRAWN": 1})
    found.balances = [{"account": "bank", "amount": str(Decimal("-5.00")), "currency": "CNY"}]
    found.verified = {"cases": 12, "draws": 30, "broken": 0}
    return found


def test_the_first_page_leads_to_the_other_languages(outcome: Outcome, tmp_path: Path) -> None:
    first = written(outcome, tmp_path, first="en")
    assert first == tmp_path / "report.en.html"
    for language in LANGUAGES:
        page = (tmp_path / f"report.{language}.html").read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in page
        leads = set(re.findall(r'href="(report\.[^"]+)"', page))
        assert leads == {f"report.{other}.html" for other in LANGUAGES if other != language}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ["A border market's day", "closed", "1,234.56", "over the daily quota", "Found broken"],
        ),
        ("zh-CN", ["边民互市的一天", "1,234.56", "重算过的随机抽取"]),
        ("vi", ["Một ngày của chợ biên giới", "1.234,56"]),
    ],
)
def test_it_says_what_was_found_in_its_language(
    outcome: Outcome, tmp_path: Path, language: str, said: list[str]
) -> None:
    page = written(outcome, tmp_path, first=language).read_text(encoding="utf-8")
    plain = page.replace("&#39;", "'").replace("\N{NO-BREAK SPACE}", " ")
    assert [text for text in said if text.lower() not in plain.lower()] == []
    for run in outcome.runs[3:]:
        assert run.row["lot_ref"] in page


def test_it_needs_nothing_else_and_no_value_becomes_markup(
    outcome: Outcome, tmp_path: Path
) -> None:
    page = written(outcome, tmp_path, first="en").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r'(?:src|href)="(?!data:|report\.|#)[^"]*"', page) == []
    assert "url(http" not in page
