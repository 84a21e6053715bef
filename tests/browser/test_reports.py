"""A wrong report in a factory's book is taken back by form, with grounds, and stays to be read."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.async_api import Page, expect

from services.kernel.clock import BEIJING
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


async def reported(market: Market, page: Page, kg: str) -> str:
    """A factory reports scrap into its open book and looks at its reports: their address."""
    await market.signed_in(page, market.person("enterprise", can="receive"), "/portal/books")
    await page.locator("a[href*='/books/bok_']").first.click()
    form = page.locator("form[action$='/entries/scrap']")
    material = page.locator("table.sums td .code").first
    await form.locator("[name=material_hs]").fill(await material.inner_text())
    await form.locator("[name=scrap_kg]").fill(kg)
    await form.locator("[name=produced_on]").fill(f"{datetime.now(BEIJING):%Y-%m-%d}")
    await form.get_by_role("button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await page.locator("a[href$='/reports']").click()
    return page.url.removeprefix(market.address)


async def test_a_wrong_report_is_taken_back_with_its_grounds_and_an_officer_reads_both(
    the_market: Market, visit: Visit
) -> None:
    factory = await visit.open(DESK, "zh-CN", javascript=False)
    address = await reported(the_market, factory, "1.234")
    card = factory.locator("section.card", has_text="1.234").first
    await card.locator("summary").click()
    form = card.locator("form")
    await form.locator("[name=grounds]").fill("\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}")
    await form.get_by_role("button").click()
    await expect(card.locator("details")).to_have_attribute("open", "")
    await expect(card.locator(".field.wrong [name=grounds]")).to_have_count(1)
    await form.locator("[name=grounds]").fill("重量多写一位")
    await form.get_by_role("button", name="冲销").click()
    await expect(factory.get_by_role("status").first).to_have_text("已完成。")
    await expect(card).to_contain_text("已冲销")
    await expect(card).to_contain_text("重量多写一位")
    await expect(card.locator("form")).to_have_count(0)
    officer = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(officer, the_market.person("officer", can="supervise"), address)
    await expect(officer.locator("main")).to_contain_text("重量多写一位")
    await expect(officer.locator("main form")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_reports_can_be_used_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    desk = await visit.open(DESK, language)
    address = await reported(the_market, desk, "0.5")
    for device in (DESK, PHONE):
        page = await visit.open(device, language)
        person = the_market.person("enterprise", can="receive")
        await the_market.signed_in(page, person, address)
        await page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
        assert [*await findings(page), *await wider_than_the_screen(page)] == []
