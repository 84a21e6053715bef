"""What the tests of acts and of the relay ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from services.platform.policy import PolicyCache
from services.platform.temporal import worker
from tests.platform.outbox import QUEUE
from tests.support.listener import Listener


@pytest.fixture
async def listening(temporal: Client) -> AsyncIterator[Worker]:
    async with worker(temporal, queue=QUEUE, workflows=[Listener], activities=[]) as running:
        yield running


@pytest.fixture
def policies() -> PolicyCache:
    return PolicyCache()
