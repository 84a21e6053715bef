"""The public board, as a screen in a market hall shows it to people who have signed in nowhere."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from services.folders import names
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("device", [PHONE, DESK], ids=lambda device: device.name)
async def test_a_stranger_reads_prices_times_and_whether_services_are_there(
    the_market: Market, visit: Visit, language: str, device: Device
) -> None:
    page = await visit.open(device, language)
    await page.goto(the_market.at("/portal/board"))
    prices = page.locator("#prices .card")
    await expect(prices).to_have_count(2)
    await expect(prices.first).to_contain_text("CNY/VND")
    await expect(prices.first.locator(".figure")).not_to_be_empty()
    await expect(page.locator("#services .up")).to_have_count(len(names()))
    await expect(page.locator(".failed, .stale")).to_have_count(0)
    assert await findings(page) == []
    assert await wider_than_the_screen(page) == []


async def test_a_screen_on_a_wall_reads_itself_anew_every_minute(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN")
    await page.clock.install()
    await page.goto(the_market.at("/portal/board"))
    await page.evaluate("document.querySelector('#prices h2').textContent = 'old'")
    async with page.expect_response("**/portal/board"):
        await page.clock.run_for(61_000)
    await expect(page.locator("#prices h2")).to_have_text("今日联合报价与轮值")


@IN_EVERY_LANGUAGE
async def test_a_stranger_chooses_a_port_by_name_and_reads_it_by_name(
    the_market: Market, visit: Visit, language: str
) -> None:
    named = "东兴" if language == "zh-CN" else "Dongxing"
    page = await visit.open(DESK, language, javascript=False)
    await page.goto(the_market.at("/portal/board"))
    for heading in await page.locator("#times h3").all_inner_texts():
        assert "DONGXING" not in heading
    await page.goto(the_market.at("/portal/draws"))
    chosen = page.locator("form.filters [name=port]")
    code = await chosen.locator("option", has_text=named).first.get_attribute("value")
    await chosen.select_option(code)
    await page.locator("form.filters button").click()
    await expect(chosen).to_have_value(str(code))
    await expect(page.locator("table.list tbody tr").first).to_contain_text(named)
    # What somebody typed into the address and is no port stays to be seen as that.
    await page.goto(the_market.at("/portal/draws?closed=false&port=NOWHERE"))
    await expect(chosen).to_have_value("NOWHERE")


async def test_without_a_script_the_board_leads_to_the_draws(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN", javascript=False)
    await page.goto(the_market.at("/portal/board"))
    await page.get_by_role("link", name="当日随机抽取：自行核验").click()
    await expect(page.locator("h1")).to_have_text("当日随机抽取")
