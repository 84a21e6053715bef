"""The law as callers see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.operate.data_directory import Endpoints
from services.law.service import MANIFEST
from tests.support.legislators import legislators_filed
from tests.support.office import Office, opened


@pytest.fixture(scope="session")
async def window(stack: Endpoints, stack_home: Path) -> AsyncIterator[Office]:
    await legislators_filed(stack)
    async with opened(MANIFEST, stack, stack_home) as office:
        yield office
