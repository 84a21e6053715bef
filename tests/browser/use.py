"""Whether everybody can use a page: by axe-core, by the keyboard alone, at 200 %."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from playwright.async_api import Locator, Page

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_RULES: Final = (
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
)
_OPTIONS: Final = json.dumps({"runOnly": list(_RULES), "resultTypes": ["violations"]})
_AXE_S: Final = 60.0
"""Thirty times what a long page takes on a busy machine."""
_STOPS: Final = 200
"""More stops than any page has; who needs more would not arrive either."""

_SEES_FOCUS: Final = """element => {
  const style = getComputedStyle(element);
  return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
    || style.boxShadow !== 'none';
}"""
_WIDER: Final = """() => {
  const page = document.scrollingElement;
  return [...document.querySelectorAll('body *')]
    .filter(() => page.scrollWidth > page.clientWidth)
    .filter(element => element.getBoundingClientRect().right > page.clientWidth + 1)
    .map(element => element.outerHTML.slice(0, 120));
}"""


_CODES: Final = """() => {
  const code = /(^|[^A-Za-z0-9_])(DONGXING|RUILI|[A-Z]+_[A-Z0-9_]+)(?![A-Za-z0-9_])/;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const { parentElement: within, textContent: text } = texts.currentNode;
    if (code.test(text) && !within.closest('.code, .plate, script, [hidden]')) found.push(text);
  }
  return found;
}"""
_SQUEEZED: Final = """() => [...document.querySelectorAll('main, main .card, main section')]
  .filter(element => element.scrollWidth > element.clientWidth + 1)
  .filter(element => getComputedStyle(element).overflowX === 'visible')
  .map(element => `What stands in it is wider: ${element.outerHTML.slice(0, 120)}`)"""


_COVERED: Final = """() => {
  const can = 'main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)';
  const stays = element => ['sticky', 'fixed'].includes(getComputedStyle(element).position);
  const bars = [...document.querySelectorAll('.thumb, .changed, .silent, .list th')].filter(stays);
  const start = scrollY, found = [];
  for (const element of document.querySelectorAll(can)) {
    if (!element.checkVisibility() || bars.some(bar => bar.contains(element))) continue;
    for (const below of [true, false]) {
      element.blur();
      element.scrollIntoView({ block: below ? 'end' : 'start', behavior: 'instant' });
      // At the very edge, as if what is scrolled to kept clear of nothing.
      scrollBy(0, below ? element.getBoundingClientRect().bottom - innerHeight
                        : element.getBoundingClientRect().top);
      element.focus();
      const { top, bottom: end } = element.getBoundingClientRect();
      // A text of many lines is typed at its caret: that line is to be seen.
      const bottom = element.tagName === 'TEXTAREA' ? Math.min(end, top + 48) : end;
      for (const bar of bars) {
        const over = bar.getBoundingClientRect();
        if (Math.min(bottom, over.bottom) - Math.max(top, over.top) > 1)
          found.push(`Under ${bar.className}: ${element.outerHTML.slice(0, 120)}`);
      }
    }
    element.blur();
  }
  scrollTo(0, start);
  return [...new Set(found)];
}"""


_SPACED: Final = """() => document.documentElement.lang !== 'zh-CN' ? [] :
  (document.querySelector('main')?.innerText.match(/.*[。；！？] +\\S.*/g) ?? [])"""


async def by_steps(page: Page, typed: Mapping[str, str]) -> None:
    """A form of several screens filled in, and its last one reached."""
    on = page.get_by_role("button", name="下一步")
    left = dict(typed)
    while True:
        for name in list(left):
            field = page.locator(f"[name={name}]")
            if await field.is_visible():
                await field.fill(left.pop(name))
        if not await on.is_visible():
            break
        await on.click()
    assert left == {}


# What a bar that stays covers, before anybody has scrolled, is chance; that whatever has the focus
# stands clear of it is asked by itself (``covered``).
_LAID_DOWN: Final = """place => {
  for (const bar of document.querySelectorAll('.thumb')) bar.style.position = place;
}"""


async def findings(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, each a sentence.

    It comes in by the debugger's door, to which the page's policy does not apply: the policy stays
    in force, and a page is judged as people get it. Where JavaScript is off it cannot run: such a
    page is judged with it on.
    """
    async with asyncio.timeout(_AXE_S):
        await page.evaluate(_AXE)
        await page.evaluate(_LAID_DOWN, "static")
        result = await page.evaluate(f"axe.run(document, {_OPTIONS})")
        await page.evaluate(_LAID_DOWN, "")
    return [_said(finding, node) for finding in result["violations"] for node in finding["nodes"]]


def _said(finding: dict[str, Any], node: dict[str, Any]) -> str:
    place = " in ".join(str(target) for target in reversed(node["target"]))
    why = " ".join(node["failureSummary"].split())
    return f"{finding['help']} ({finding['id']}, {finding['impact']}) at {place}: {why}"


async def tab_to(target: Locator) -> list[str]:
    """Go there by Tab alone; the stops on the way, as a screen reader names them.

    Raises AssertionError: it is never reached, or a stop on the way shows nobody where one is.
    """
    page = target.page
    stops: list[str] = []
    for _ in range(_STOPS):
        await page.keyboard.press("Tab")
        here = page.locator(":focus")
        if not await here.count():
            # Past the last one the browser's own bar has the focus, then the page again.
            if not stops:
                continue
            break
        stops.append(await here.aria_snapshot())
        assert await here.evaluate(_SEES_FOCUS), f"Nothing shows the focus on {stops[-1]}"
        if await target.evaluate("element => element === document.activeElement"):
            return stops
    raise AssertionError(f"{target} is not reached by Tab; the stops are: {stops}")


async def wider_than_the_screen(page: Page) -> list[str]:
    """What makes a page scroll sideways; where it fits, nothing."""
    found: list[str] = await page.evaluate(_WIDER)
    return found


async def codes_for_words(page: Page) -> list[str]:
    """Codes that stand as if they were words: not set as a code, and nobody's own writing."""
    found: list[str] = await page.evaluate(_CODES)
    return found


async def spaced(page: Page) -> list[str]:
    """Chinese sentences with a space between them, as only other languages set it."""
    found: list[str] = await page.evaluate(_SPACED)
    return found


async def covered(page: Page) -> list[str]:
    """What would have the focus and lie under what stays on the screen, come to from both ends."""
    found: list[str] = await page.evaluate(_COVERED)
    return found


async def squeezed(page: Page) -> list[str]:
    """Parts of a page that what stands in them sticks out of, though the screen has room."""
    found: list[str] = await page.evaluate(_SQUEEZED)
    return found
