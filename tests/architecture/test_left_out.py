"""A run says at its end what it left out: what skipped itself, and what lay not beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import beside, proof
from tests.support.beside import official_schemas_left_out, official_schemas_said


@dataclass
class Reporter:
    """A run's end, with what its tests came to."""

    stats: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def test_tests_that_skip_themselves_stand_with_their_reason_among_what_is_left_out(
    pytestconfig: pytest.Config,
) -> None:
    root, none = [("a.py", 1, f"Skipped: {why}") for why in ("only for root", "no browser")]
    skipped = [SimpleNamespace(longrepr=found) for found in (root, none, root)]
    reporter = Reporter({"skipped": skipped})

    proof.pytest_terminal_summary(reporter, pytestconfig)

    (left,) = [line for line in reporter.lines if line.startswith("left out of this run: ")]
    assert "1 skipped (no browser), 2 skipped (only for root)" in left


def test_a_run_says_whether_it_had_the_official_schemas(pytestconfig: pytest.Config) -> None:
    reporter = Reporter()

    proof.pytest_terminal_summary(reporter, pytestconfig)

    assert f"official ISO 20022 schemas: {official_schemas_said()}" in reporter.lines
    left = "every message against its official schema" in "".join(reporter.lines)
    assert left is not any(beside.SCHEMAS.glob("*.xsd"))


def test_without_them_it_says_what_it_did_without_and_with_them_which_they_were(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "iso20022"
    assert official_schemas_left_out(folder) == ["every message against its official schema"]
    assert official_schemas_said(folder).startswith("none in ")

    folder.mkdir()
    (folder / "pacs.008.001.08.xsd").write_text("<schema/>")

    assert official_schemas_left_out(folder) == []
    assert official_schemas_said(folder) == f"pacs.008.001.08, in {folder}"


def test_within_a_week_every_module_that_asks_the_servers_is_in_an_everyday_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking: list[Any] = [
        SimpleNamespace(nodeid=f"tests/test_{n}.py::test_it[{case}]", fixturenames=["stack"])
        for n in range(23)
        for case in "ab"
    ]
    alone: list[Any] = [SimpleNamespace(nodeid="tests/test_alone.py::test_it", fixturenames=[])]
    taken = set[str]()
    for day in range(739_948, 739_955):
        monkeypatch.setenv("PROOF_SEED", str(day))
        left = {item.nodeid for item in proof.of_another_day([*asking, *alone])}
        assert len(left) > len(asking) / 2, "most have another day"
        taken |= {item.nodeid for item in [*asking, *alone]} - left
        assert alone[0].nodeid not in left
    assert taken == {item.nodeid for item in [*asking, *alone]}
