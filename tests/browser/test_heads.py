"""The head of a page is one line at a desk, whoever looks and in whichever language; what stands in
it is neither cut nor out of sight."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.test_every_page import PAGES
from tests.browser.use import findings
from tests.browser.visit import IN_EVERY_LANGUAGE, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")
SMALL_DESK: Final = Device("small desk", 1280, 800)
WRONG: Final = """() => {
  const parts = [...document.querySelectorAll('.top > :not(.sample)')];
  const boxes = parts.map(part => part.getBoundingClientRect()), found = [];
  if (Math.max(...boxes.map(box => box.top)) >= Math.min(...boxes.map(box => box.bottom)))
    found.push('It has more than one line.');
  for (const part of document.querySelectorAll('.top :is(nav, nav > a, .who, .person > *)'))
    if (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
      found.push(`Not all of it is seen: ${part.outerHTML.slice(0, 120)}`);
  return found;
}"""


async def wrong_in(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(WRONG)
    return found


@IN_EVERY_LANGUAGE
async def test_the_head_is_one_line_at_a_small_desk_whoever_looks(
    the_market: Market, visit: Visit, language: str
) -> None:
    wrong = {}
    for role in PAGES:
        page = await visit.open(SMALL_DESK, language)
        await the_market.signed_in(page, the_market.person(role))
        if found := await wrong_in(page):
            wrong[role] = found
        await page.context.close()
    assert wrong == {}


@pytest.mark.parametrize("device", [SMALL_DESK, PHONE], ids=lambda device: device.name)
async def test_an_auditor_opens_the_pages_that_have_no_room_and_goes_to_one(
    the_market: Market, visit: Visit, device: Device
) -> None:
    page = await visit.open(device, "vi", javascript=device is PHONE)
    await the_market.signed_in(page, the_market.person("auditor"))
    more = page.locator(".top nav button")
    hidden = page.locator(".top nav a[href='/portal/credit-levels']")
    await expect(hidden).to_be_hidden()
    await more.click()
    await expect(hidden).to_be_in_viewport(ratio=1)
    if device is PHONE:
        assert await findings(page) == []
    await hidden.click()
    await page.wait_for_url("**/portal/credit-levels")
    await more.click()
    await expect(hidden).to_have_attribute("aria-current", "page")
