"""What libraries say is a line like any other, and never somebody's name or number."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SAYS = """
import logging, warnings
from services.platform.telemetry import configure_logging
configure_logging("INFO", service="relay")
said = logging.getLogger("library").warning
{}
"""


def said(statement: str) -> dict[str, object]:
    """The one line that a process writes when a library does this."""
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format(statement)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    read: dict[str, object] = json.loads(line)
    assert (read["event"], read["service"], read["level"]) == ("library", "relay", "warning")
    return read


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("said('retry %s of %d in %.1f s', 2, 5, 0.5)", "retry 2 of 5 in 0.5 s"),
        ("said('of %s, %d', '450521189001010011', 450521189001010011)", "of …, …"),
        ("said('%(who)s: %(times)d', {'who': 'Nguyen', 'times': 3})", "…: 3"),
        ("said('failed: %s', ValueError('Nguyen'))", "failed: ValueError"),
        ("said('%d of %s', 'Nguyen', 1)", "… of …"),
        ("said('100% of it')", "100% of it"),
    ],
)
def test_a_sentence_is_whole_and_tells_no_value_that_may_be_somebodys(
    statement: str, message: str
) -> None:
    assert said(statement)["message"] == message


def test_what_python_warns_of_is_a_line_too() -> None:
    line = said("warnings.warn('the key is short', UserWarning)")
    assert (line["error"], line["message"]) == ("UserWarning", "the key is short")


def test_what_the_engines_own_client_says_goes_where_all_goes() -> None:
    """It writes colours on standard output by itself."""
    line = said(
        "from services.platform.temporal import _runtime\n"
        "from types import SimpleNamespace\n"
        "entry = SimpleNamespace(level=30, target='client', message='lost', fields={}, time=0.0)\n"
        "_runtime()\n"
        "from services.platform.temporal import FORWARDED\n"
        "FORWARDED._on_logs([entry])"
    )
    assert line["message"] == "lost"
