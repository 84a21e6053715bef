"""An officer's day by keyboard alone: through the inbox, into an order, to the signature."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings
from tests.browser.visit import DESK, Visit

pytestmark = pytest.mark.xdist_group("market")


async def at_inbox(market: Market, page: Page) -> None:
    officer = market.person("officer", can="findings")
    await market.signed_in(page, officer, "/portal/?list=mine")


async def test_keys_go_through_the_inbox_and_lead_to_the_signature(
    the_market: Market, visit: Visit
) -> None:
    before = await visit.open(DESK, "en")
    officer, _ = await the_market.drawn(before, "findings to make")
    page = await visit.open(DESK, "en", keyboard_only=True)
    await page.goto(the_market.at("/portal/?list=mine"))
    field = page.locator(f'input[name=subject][value="{officer["subject"]}"] + button')
    await field.focus()
    await page.keyboard.press("Enter")
    # Rows are there before the script that hears keys: whoever waits for the page's own word that
    # keys are on presses none into the void.
    await expect(page.get_by_role("button", name="Keys on")).to_be_visible()
    rows = page.locator("table.list tbody tr")
    at = page.locator("table.list tbody tr:focus-within a[href]").first
    await page.keyboard.press("j")
    await expect(at).to_be_focused()
    # By its order, not by its place: the list is live, and a neighbour's order may come before it.
    first = str(await at.get_attribute("href"))
    if await rows.count() > 1:
        await page.keyboard.press("j")
        await expect(at).not_to_have_attribute("href", first)
        await page.keyboard.press("k")
    await expect(at).to_have_attribute("href", first)
    # To the first one that waits for findings: what only the other officer may sign has no form.
    to_make = page.locator("table.list tbody tr:focus-within", has_text="findings to make")
    for _ in range(2 * await rows.count()):
        if await to_make.count():
            break
        await page.keyboard.press("j")
    await expect(to_make).to_have_count(1)
    await page.keyboard.press("s")
    await page.wait_for_url("**/portal/orders/*#s")
    await expect(page.locator("#sign input:focus")).to_have_count(1)
    assert await findings(page) == []
    await page.keyboard.press("i")
    await page.wait_for_url(the_market.at("/portal/"))
    await page.keyboard.press("6")
    await page.wait_for_url("**/portal/?list=all")
    await page.keyboard.press("/")
    await page.wait_for_url("**/portal/find")
    # What is typed is typed: in a field no letter is a key.
    await expect(page.locator("[name=q]")).to_be_focused()
    await page.keyboard.type("jksi6/")
    await expect(page.locator("[name=q]")).to_have_value("jksi6/")


async def test_whoever_wants_no_keys_turns_them_off(the_market: Market, visit: Visit) -> None:
    page = await visit.open(DESK, "en")
    await at_inbox(the_market, page)
    turn = page.get_by_role("button", name="Keys on")
    await expect(turn).to_have_attribute("aria-pressed", "true")
    await turn.click()
    await expect(turn).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("j")
    await expect(page.locator("table.list tbody a:focus")).to_have_count(0)
    await page.reload()
    await expect(turn).to_have_attribute("aria-pressed", "false")


async def test_where_no_script_is_no_key_is_promised(the_market: Market, visit: Visit) -> None:
    page = await visit.open(DESK, "en", javascript=False)
    await at_inbox(the_market, page)
    await expect(page.locator("[data-keys]")).to_be_hidden()
