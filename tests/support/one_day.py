"""A test ends on the Beijing day on which it began, and what day it is it asks for itself.

A run that goes over midnight is as green as another: no module keeps the day of its import
(tests/architecture/test_no_day_is_kept.py), and no test begins so late that it would end on the
next.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from services.kernel.clock import business_day, day_begins

LASTS: Final = timedelta(seconds=90)
"""Longer than nearly every test takes."""


def today() -> date:
    return business_day(datetime.now(UTC))


def yesterday() -> date:
    return today() - timedelta(days=1)


def tomorrow() -> date:
    return today() + timedelta(days=1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Now, or just after midnight in Beijing where that is so near that a test would cross it."""
    left = day_begins(tomorrow()) - datetime.now(UTC)
    if left < LASTS:
        time.sleep(left.total_seconds() + 0.1)
