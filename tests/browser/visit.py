"""One person's visit to the screens: pages in a real browser that report what they did wrong.

Whatever a page asks of another host, says as an error, throws, or tries against its own
Content-Security-Policy is a fault, and so is an answer of 500 or more, or a script, style, picture
or font that was not there. A visit that is over has no fault but those it said it expects.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Response,
    WebError,
    WebSocket,
)

from tests.browser.chromium import FLAGS, chromium

LANGUAGES: Final = ("zh-CN", "vi", "en")
HERE: Final = frozenset({"127.0.0.1", "localhost"})
"""What a page may ask: its own host. Everything in the tests runs on it."""

_CARRIED: Final = ("data:", "blob:", "about:")
_PARTS: Final = frozenset({"script", "stylesheet", "image", "font", "manifest"})
# The browser's own line about an answer that is no success; what is wrong with it is judged by its
# status, since a form that is refused is answered 422 and nothing is wrong with that.
_NOT_LOADED: Final = "Failed to load resource"
# By the console, whose lines come in order and are not lost when the page goes.
_TOLD: Final = "\N{EYE} "
_WATCHES_POLICY: Final = f"""{{
  const tell = console.debug.bind(console);
  addEventListener('securitypolicyviolation', ({{ blockedURI, effectiveDirective }}) =>
    tell(`{_TOLD}The page's policy forbids ${{blockedURI}} (${{effectiveDirective}}).`), true);
}}"""
_WATCHES_MOUSE: Final = f"""{{
  const tell = console.debug.bind(console);
  addEventListener('pointerdown', (event) => {{
    if (event.isTrusted) tell(`{_TOLD}${{event.pointerType}} was used where only the keyboard is.`);
  }}, true);
}}"""


def IN_EVERY_LANGUAGE(test: Callable[..., object]) -> object:
    """A test for readers of each language: in one of them by the day, in all in ``make proof``."""
    return pytest.mark.proof(keep=1)(pytest.mark.parametrize("language", LANGUAGES)(test))


class Faults(AssertionError):
    """What pages did wrong, each a sentence."""


@dataclass(frozen=True)
class Device:
    """What a person holds or sits at; widths in CSS pixels."""

    name: str
    width: int
    height: int
    touch: bool = False
    scale: float = 1.0


PHONE: Final = Device("phone", 390, 844, touch=True, scale=2.0)
DESK: Final = Device("desk", 1440, 900)


@dataclass
class Visit:
    """Pages of one person, each in a browser profile of its own."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def open(
        self,
        device: Device,
        language: str,
        *,
        javascript: bool = True,
        zoom: float = 1.0,
        keyboard_only: bool = False,
    ) -> Page:
        """An empty page. Zoomed as by the browser's menu: at 2 half as many CSS pixels fit, each
        drawn twice as large. ``keyboard_only`` makes every touch and click a fault."""
        context = await self.browser.new_context(
            viewport={"width": int(device.width / zoom), "height": int(device.height / zoom)},
            device_scale_factor=device.scale * zoom,
            has_touch=device.touch,
            is_mobile=device.touch,
            locale=language,
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        self._contexts.append(context)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._spoke)
        context.on("weberror", self._threw)
        context.on("page", lambda page: page.on("websocket", self._connected))
        await context.add_init_script(_WATCHES_POLICY)
        if keyboard_only:
            await context.add_init_script(_WATCHES_MOUSE)
        return await context.new_page()

    def expects(self, pattern: str) -> None:
        """A fault that the page is to have, once or more: none like it is one as well."""
        self._expected.append(pattern)

    async def end(self) -> list[str]:
        """Close every page; faults that nobody expected, and what was expected and not seen."""
        for context in self._contexts:
            await _heard(context)
            await context.close()
        self._contexts.clear()
        seen, self.faults = list(dict.fromkeys(self.faults)), []
        unseen = [
            f"Expected and not seen: {pattern}"
            for pattern in self._expected
            if not any(re.search(pattern, fault) for fault in seen)
        ]
        return unseen + [
            fault
            for fault in seen
            if not any(re.search(pattern, fault) for pattern in self._expected)
        ]

    def _asked(self, request: Request) -> None:
        self._goes_to(request.url, request.resource_type)

    def _connected(self, socket: WebSocket) -> None:
        self._goes_to(socket.url, "websocket")

    def _goes_to(self, address: str, what: str) -> None:
        if not address.startswith(_CARRIED) and urlsplit(address).hostname not in HERE:
            self.faults.append(f"The page asked another host for {what}: {address}")

    def _answered(self, response: Response) -> None:
        part = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and part in _PARTS):
            self.faults.append(f"{response.status} for {part}: {response.url}")

    def _spoke(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith(_TOLD):
            self.faults.append(text.removeprefix(_TOLD))
        elif message.type == "error" and not text.startswith(_NOT_LOADED):
            self.faults.append(f"The console says: {text}")

    def _threw(self, error: WebError) -> None:
        self.faults.append(f"A script failed: {error.error}")


async def _heard(context: BrowserContext) -> None:
    """What the pages have said so far is on file: messages of one page keep their order."""
    for page in context.pages:
        with contextlib.suppress(Error):
            await page.title()


@contextlib.asynccontextmanager
async def visiting(browser: Browser) -> AsyncIterator[Visit]:
    """A visit that is judged at its end. Raises Faults."""
    visit = Visit(browser)
    faults: list[str] = []
    try:
        yield visit
    finally:
        faults = await visit.end()
    if faults:
        raise Faults("\n".join(faults))


@contextlib.asynccontextmanager
async def launched(playwright: Playwright) -> AsyncIterator[Browser]:
    """The browser of the tests. Raises NoChromium."""
    here = chromium()
    browser = await playwright.chromium.launch(
        executable_path=here.program, args=FLAGS, env={**here.environment()}
    )
    try:
        yield browser
    finally:
        await browser.close()
