"""One market day through all four workflows, as a newcomer runs it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import run_command
from deploy.demo import bank, play
from deploy.demo.sample_day import SampleDay

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journeys")]
DAY = Path(__file__).parent / "day-sample"


def demo(home: Path, report: Path, *arguments: str) -> dict[str, Any]:
    """Run `tradewindow demo`; its report."""
    command = [sys.executable, "-m", "deploy", "demo", "--home", str(home), "--report", str(report)]
    run = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=600, env=os.environ.copy()
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    page = home.resolve() / "report.en.html"
    assert run.stdout.splitlines()[-1] == f"Report as a page: {page.as_uri()}"
    assert "<h1>" in page.read_text(encoding="utf-8")
    assert "/portal/ while it runs" in run.stdout
    result: dict[str, Any] = json.loads(report.read_text())
    return result


def test_the_sample_day_ends_exactly_as_its_expected_outcome_says(tmp_path: Path) -> None:
    report = demo(tmp_path / "home", tmp_path / "report.json", "--day", str(DAY))
    expected = json.loads((DAY / "expected.json").read_text())
    assert report["summary"] == expected["summary"]
    lots = [{key: lot[key] for key in expected["lots"][0]} for lot in report["lots"]]
    assert lots == expected["lots"]


def test_a_day_of_our_own_making_closes_every_accepted_lot(tmp_path: Path) -> None:
    SampleDay(lots=12, tickets=120, groups=4).write(tmp_path / "day")
    report = demo(tmp_path / "home", tmp_path / "report.json", "--day", str(tmp_path / "day"))
    accepted = report["summary"]["accepted_lots"]
    assert report["states"] == {"CLOSED": accepted}
    assert report["settlements"] == {"SETTLED": accepted}
    assert report["settled_cny"] == report["summary"]["accepted_value_cny"]
    assert report["certificate"].startswith("AEOCN")
    assert report["verified"]["broken"] == 0


def test_a_day_that_stands_still_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def never(_banks: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(play, "PATIENCE_S", 1.0)
    monkeypatch.setattr(bank, "post_quotes", never)
    assert run_command(["demo", "--home", str(tmp_path / "home")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The day did not go as foreseen: nothing has happened for 1 seconds")
    assert said.count("\n") == 1
