"""What tests of the screens may ask for: a browser, a phone's page, a desk's page, in a language.

Playwright's asynchronous half: the windows whose pages are opened run in the session's event loop,
beside the test. Its synchronous half refuses to run where a loop does, and in a thread of its own
every step would cross over twice.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.market import Market, market
from tests.browser.visit import DESK, PHONE, Visit, launched, visiting

expect.set_options(timeout=30_000)
"""What is expected of a page may come late on a machine that does other things meanwhile."""
_GROUPS: Final = 2
"""As many workers as `make test` has; each has one browser, and each file's tests stay on one."""


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """All of them are slow, and what only a screen needs is not loaded for the others."""
    return True if config.getoption("--everyday") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if not str(item.path).startswith(here):
            continue
        item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("xdist_group") is None:
            group = zlib.crc32(item.path.stem.encode()) % _GROUPS
            item.add_marker(pytest.mark.xdist_group(f"browser {group}"))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The one browser of this worker; every page gets a profile of its own in it."""
    async with async_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def the_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """One living market for all tests of this worker that look at its pages."""
    with market(tmp_path_factory.mktemp("market")) as living:
        yield living


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """This test's visit: opens more pages, and says which faults the test is about."""
    async with visiting(browser) as visit:
        yield visit


@pytest.fixture
def language() -> str:
    """Chinese, as screens are by default. ``@IN_EVERY_LANGUAGE`` or a parametrisation of
    ``language`` says another."""
    return "zh-CN"


@pytest.fixture
async def phone(visit: Visit, language: str) -> Page:
    """A page in a hand: 390 CSS pixels wide, touched."""
    return await visit.open(PHONE, language)


@pytest.fixture
async def desk(visit: Visit, language: str) -> Page:
    """A page on a desk: 1440 CSS pixels wide, with mouse and keyboard."""
    return await visit.open(DESK, language)
