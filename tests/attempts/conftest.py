"""The world of the attempts, and the banks in it."""

from __future__ import annotations

import pytest

from tests.attempts.world import World
from tests.services.conftest import bench, session_bench
from tests.support.bench import Bench
from tests.support.harbour import Harbour

__all__ = ["bench", "session_bench", "world"]


@pytest.fixture
async def world(harbour: Harbour, bench: Bench) -> World:
    return World(harbour.window, harbour.port, bench, staff=harbour.staff)
