"""A carrier, a gate and a resident do what they come for by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import tab_to
from tests.browser.visit import DESK, LANGUAGES, Visit

pytestmark = pytest.mark.xdist_group("market")


async def at(market: Market, visit: Visit, role: str, **wanted: str) -> Page:
    """A page where a finger or a mouse is a fault; its person is signed in by Tab and Enter."""
    page = await visit.open(DESK, "zh-CN", keyboard_only=True)
    await page.goto(market.at("/portal/"))
    subject = market.person(role, **wanted)["subject"]
    await tab_to(page.locator(f'input[name=subject][value="{subject}"] + button'))
    await page.keyboard.press("Enter")
    await page.wait_for_url(market.at("/portal/"))
    return page


async def test_a_carrier_lodges_a_manifest_in_a_form_that_comes_before_the_list(
    the_market: Market, visit: Visit
) -> None:
    page = await at(the_market, visit, "carrier")
    form = page.locator("details", has_text="提交舱单")
    before = await tab_to(form.locator("summary"))
    assert not any("桂P" in stop for stop in before), "no truck of the list is passed on the way"
    await page.keyboard.press("Enter")
    for name, text in (("manifest_no", "KEYS-0001"), ("vehicle_plate", "桂P10008")):
        await tab_to(form.locator(f"[name={name}]"))
        await page.keyboard.type(text)
    await tab_to(form.locator("[name=total_kg]"))
    await page.keyboard.type("1000")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_contain_text("KEYS-0001")


async def test_a_gate_types_a_plate_and_reads_the_verdict(the_market: Market, visit: Visit) -> None:
    page = await at(the_market, visit, "gate")
    await expect(page.locator("input:focus")).to_have_attribute("name", "q")
    await page.keyboard.type("粤B99999")
    await page.keyboard.press("Enter")
    await expect(page.locator(".verdict")).to_be_visible()
    await expect(page.locator("input:focus")).to_have_value("粤B99999")


async def test_a_resident_comes_to_yes_and_to_no(the_market: Market, visit: Visit) -> None:
    page = await at(the_market, visit, "resident", can="confirm_share")
    await tab_to(page.locator("a[href^='/portal/shares/']").last)
    await page.keyboard.press("Enter")
    for answer in ("yes", "no"):
        await tab_to(page.locator(f"form[action$='/{answer}'] button:visible").last)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_few_strong_colours_are_chosen_bars_and_the_page_one_is_on_are_seen(
    the_market: Market, visit: Visit, language: str
) -> None:
    page = await visit.open(DESK, language)
    await page.emulate_media(forced_colors="active")
    await the_market.signed_in(page, the_market.person("officer"), "/portal/?list=all")
    here = page.locator("nav [aria-current]")
    assert await here.count() == 2
    ground = "element => getComputedStyle(element).backgroundColor"
    plain = await page.locator("body").evaluate(ground)
    assert plain not in await here.evaluate_all(f"all => all.map({ground})")
    bar = page.locator("main progress").first
    assert await bar.evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
