"""The bench, while nobody delivers what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.bench import Bench
from tests.support.tells import copy_tells


@pytest.fixture
async def asleep(bench: Bench) -> AsyncIterator[Bench]:
    """The bench while nobody delivers what is told: no case is started, no engine is asked."""
    await bench.relay_stop()
    await copy_tells(bench.sql)
    yield bench
    bench.relay_start()
