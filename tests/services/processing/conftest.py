"""Factories and groups for the tests of landing processing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.support.factory import Factory, M, P, factory_filed, pass_gate, released
from tests.support.harbour import harbour
from tests.support.one_day import today
from tests.support.window import Group, Window

__all__ = ["Factory", "M", "P", "harbour", "pass_gate", "released", "today"]

Factories = Callable[..., Awaitable[Factory]]


@pytest.fixture
async def group(window: Window) -> Group:
    return await window.group(20)


@pytest.fixture
def factory(window: Window) -> Factories:
    """Files fresh factories, so that tests do not share capacity or books."""

    async def make(**filed: str) -> Factory:
        return await factory_filed(window, **filed)

    return make
