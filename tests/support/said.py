"""What a run says of itself at its end: which of two ways a test took, and what it could not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

_SAID: Final = "said"
Say = Callable[[str], None]


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Say:
    """Put a line among the last ones of the run, from whichever worker; the same one once."""
    return lambda line: record_property(_SAID, line)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    properties = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    for line in sorted({str(value) for name, value in properties if name == _SAID}):
        terminalreporter.write_line(line)
