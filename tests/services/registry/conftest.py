"""The registry as callers see it, and filings of residents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from stdnum.iso7064 import mod_11_2

from deploy.operate.data_directory import Endpoints
from services.registry.service import MANIFEST
from tests.support.numbers import fresh
from tests.support.office import Office, opened


@pytest.fixture(scope="session")
async def window(stack: Endpoints, stack_home: Path) -> AsyncIterator[Office]:
    async with opened(MANIFEST, stack, stack_home) as office:
        yield office


@pytest.fixture
def resident() -> Callable[..., dict[str, Any]]:
    """Filings of residents with numbers nobody else in the run has."""

    def make(**changes: Any) -> dict[str, Any]:
        born = date(1801, 1, 1) + timedelta(days=uuid4().int % 36_000)
        digits = f"45{fresh(4)}{born:%Y%m%d}{uuid4().int % 1000:03d}"
        return {
            "resident_no": digits + mod_11_2.calc_check_digit(digits),
            "name": "农强阿",
            "sex": "F",
            "township": "马路镇",
            "phone": "13049081935",
            "filing_no": f"B{uuid4().int % 10**15}",
            "filed_on": date(2024, 5, 21).isoformat(),
            "valid_until": date(2027, 5, 21).isoformat(),
            **changes,
        }

    return make
