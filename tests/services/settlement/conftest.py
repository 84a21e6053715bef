"""The bench, while nobody delivers what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.bench import Bench


@pytest.fixture
async def asleep(bench: Bench) -> AsyncIterator[Bench]:
    """The bench while nobody delivers what is told: no case is started, no engine is asked."""
    await bench.relay_stop()
    yield bench
    await bench.relay_start()
