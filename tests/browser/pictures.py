"""Pictures of the screens for README and guide, made by the tests that walk there, when asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
Picture = Callable[[Page, str], Awaitable[None]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write docs/pictures/ anew")


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Picture:
    """``await picture(page, "resident-home")`` writes ``resident-home-phone-vi.png``, by the width
    and the language of the page; without ``--pictures`` it does nothing."""

    async def taken(page: Page, name: str) -> None:
        if request.config.getoption("--pictures"):
            await take(page, name, PICTURES)

    return taken


async def take(page: Page, name: str, folder: Path) -> Path:
    """The picture's file."""
    language = await page.evaluate("document.documentElement.lang")
    touched = await page.evaluate("navigator.maxTouchPoints > 0")
    file = folder / f"{name}-{'phone' if touched else 'desk'}-{language}.png"
    await page.screenshot(path=file, full_page=True, animations="disabled", caret="hide")
    return file
