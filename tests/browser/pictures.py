"""Pictures of the screens for README and guide, taken of a sample world by whoever signs in there.

    .venv/bin/python -m tests.browser.pictures [NAME …]

writes ``docs/pictures/`` anew: each page in Chinese and in English, on a phone, on a desk or both.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Page, async_playwright

from tests.browser.market import Market, market
from tests.browser.visit import DESK, PHONE, Device, Visit, launched

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
LANGUAGES: Final = ("zh-CN", "en")
_SETTLES_MS: Final = 400


@dataclass(frozen=True)
class Shown:
    """A page of somebody; where its address is not known before, the links that lead to it."""

    role: str
    path: str = "/portal/"
    then: tuple[str, ...] = ()
    on: tuple[Device, ...] = (PHONE, DESK)
    who: Mapping[str, str] = field(default_factory=dict)


SHOWN: Final = {
    "resident-today": Shown("resident", who={"can": "confirm_share"}),
    "resident-share": Shown(
        "resident",
        then=("a[href^='/portal/shares/']",),
        on=(PHONE,),
        who={"can": "confirm_share"},
    ),
    "resident-declare": Shown(
        "resident", "/portal/declare", on=(PHONE,), who={"can": "confirm_share"}
    ),
    "clerk-lot": Shown(
        "clerk", "/portal/lots?state=SUBMITTED", ("main a[href^='/portal/lots/lot_']",)
    ),
    "clerk-file": Shown("clerk", "/portal/lots/file", on=(DESK,)),
    "officer-inbox": Shown("officer", "/portal/?list=all", who={"port": "DONGXING"}),
    "officer-order": Shown(
        "officer",
        "/portal/?list=mine",
        ("tbody a[href^='/portal/orders/']",),
        who={"can": "findings", "port": "DONGXING"},
    ),
    "bank-counter": Shown("bank", who={"can": "answer_payment"}),
    "factory-orders": Shown("enterprise", "/portal/factory-orders", on=(DESK,)),
    "factory-book": Shown("enterprise", "/portal/books", ("main a[href^='/portal/books/']",)),
    "gate": Shown("gate", on=(DESK,), who={"port": "DONGXING"}),
}
"""By the name of their files, which end in ``-phone-zh-CN.png`` and so on."""


def files() -> set[str]:
    """The names of all pictures that are made here."""
    return {
        f"{name}-{device.name}-{language}.png"
        for name, shown in SHOWN.items()
        for device in shown.on
        for language in LANGUAGES
    }


async def take(page: Page, name: str, folder: Path) -> Path:
    """The picture's file, named by the width and the language of the page: what fits on the
    screen, as somebody sees it who opens it."""
    language = await page.evaluate("document.documentElement.lang")
    touched = await page.evaluate("navigator.maxTouchPoints > 0")
    file = folder / f"{name}-{'phone' if touched else 'desk'}-{language}.png"
    await page.screenshot(path=file, animations="disabled", caret="hide")
    return file


async def _taken(living: Market, wanted: Collection[str]) -> None:
    async with async_playwright() as playwright, launched(playwright) as browser:
        visit = Visit(browser)
        for name in wanted:
            shown = SHOWN[name]
            for device in shown.on:
                for language in LANGUAGES:
                    page = await visit.open(device, language)
                    person = living.person(shown.role, **shown.who)
                    await living.signed_in(page, person, shown.path)
                    for link in shown.then:
                        await page.locator(link).first.click()
                    await page.wait_for_load_state()
                    await page.wait_for_timeout(_SETTLES_MS)
                    print(await take(page, name, PICTURES))
            for fault in await visit.end():
                print(f"  {fault}")


def main() -> None:
    """Take those named, else all."""
    wanted = sys.argv[1:] or list(SHOWN)
    with (
        tempfile.TemporaryDirectory(prefix="tradewindow-pictures-") as home,
        market(Path(home)) as living,
    ):
        asyncio.run(_taken(living, wanted))


if __name__ == "__main__":
    main()
