"""A living border market for the browser tests: `tradewindow up --sample` in an empty directory."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from tests.support.ports import free_port

_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Market:
    """A window with its sample people, at an address."""

    home: Path
    address: str

    def at(self, path: str) -> str:
        """The address of a page."""
        return f"{self.address}{path}"

    def people(self) -> list[dict[str, Any]]:
        """The sample people."""
        found: list[dict[str, Any]] = json.loads((self.home / "sample-people.json").read_text())
        return found

    def person(self, role: str, **wanted: str) -> dict[str, Any]:
        """The first one of a role, with what is wanted of him."""
        return next(
            p
            for p in self.people()
            if p["role"] == role and all(p.get(name) == value for name, value in wanted.items())
        )

    async def signed_in(self, page: Page, person: dict[str, Any], path: str = "/portal/") -> None:
        """Somebody taps the own name on the page of people, and is where he wanted to be."""
        await page.goto(self.at(path))
        await page.locator(f'input[name=subject][value="{person["subject"]}"] + button').click()
        await page.wait_for_url(self.at(path))

    async def drawn(self, page: Page, state: str) -> tuple[dict[str, Any], str]:
        """An officer signed in with an order in this state on the own list, and its address there:
        whose turn an order is changes while others' tests go on."""
        for person in self.people():
            if person["role"] != "officer":
                continue
            await self.signed_in(page, person, "/portal/?list=mine")
            row = page.locator("tbody tr", has_text=state).last
            if await row.count():
                return person, str(await row.locator("a").first.get_attribute("href"))
            await self.out(page)
        raise AssertionError(f"no order is {state}")

    async def out(self, page: Page) -> None:
        """Nobody is signed in at this browser any more."""
        await page.context.clear_cookies(name="tw")


@contextlib.contextmanager
def market(home: Path) -> Iterator[Market]:
    """Up with its sample world, until the block ends."""
    port = free_port()
    with subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "deploy", "up", "--sample"),
            *("--home", str(home), "--port", str(port)),
        ],
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Sample world: ") and " people" in line:
                    break
            else:
                raise AssertionError("it ended before its world was there")
            with _drained(process):
                yield Market(home, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextlib.contextmanager
def _drained(process: subprocess.Popen[str]) -> Iterator[None]:
    """What is said is read on, so that nobody waits until it is."""
    with subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL) as reader:
        try:
            yield
        finally:
            reader.kill()
