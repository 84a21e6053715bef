"""A picture of a page, to look at by eye: as a phone shows it, or a desk, in a language.

    .venv/bin/python -m tests.browser.look http://127.0.0.1:8000/ page.png --phone --language vi

Without ``--phone`` or ``--desk`` both are made, side by side as ``page-phone.png`` and
``page-desk.png``. What the page did wrong on the way is said beside them.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.chromium import NoChromium
from tests.browser.visit import DESK, LANGUAGES, PHONE, Device, Visit, launched


async def look(address: str, to: Path, device: Device, asked: argparse.Namespace) -> list[str]:
    """Faults of the page, once its picture is written."""
    async with async_playwright() as playwright, launched(playwright) as browser:
        visit = Visit(browser)
        page = await visit.open(
            device, asked.language, javascript=not asked.no_javascript, zoom=asked.zoom
        )
        cookies = [pair.partition("=") for pair in asked.cookie]
        await page.context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, _, value in cookies]
        )
        # An open stream is never idle; so long a page may take to settle.
        await page.goto(address)
        await page.wait_for_timeout(asked.wait)
        await page.screenshot(path=to, full_page=not asked.screen)
        return await visit.end()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.browser.look", description=__doc__)
    parser.add_argument("address")
    parser.add_argument("to", type=Path, help="the picture, a .png")
    width = parser.add_mutually_exclusive_group()
    width.add_argument("--phone", action="store_const", dest="devices", const=[PHONE])
    width.add_argument("--desk", action="store_const", dest="devices", const=[DESK])
    parser.set_defaults(devices=[PHONE, DESK])
    parser.add_argument("--language", choices=LANGUAGES, default="zh-CN")
    parser.add_argument("--cookie", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--zoom", type=float, default=1.0, help="2 is 200 %%")
    parser.add_argument("--no-javascript", action="store_true")
    parser.add_argument("--screen", action="store_true", help="what fits on it, not the whole page")
    parser.add_argument("--wait", type=float, default=300, metavar="MS", help="before the picture")
    asked = parser.parse_args()
    for device in asked.devices:
        to = asked.to
        if len(asked.devices) > 1:
            to = to.with_stem(f"{to.stem}-{device.name}")
        try:
            faults = asyncio.run(look(asked.address, to, device, asked))
        except NoChromium as missing:
            print(missing)
            return 1
        print(to, *faults, sep="\n  ")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
