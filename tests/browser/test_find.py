"""An officer finds what is looked for; and what is long in coming says so."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from deploy.sandbox.world import cast
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, Visit

pytestmark = pytest.mark.xdist_group("market")
_LONG_S = 2
_NOTES_WHAT_IS_SAID = """() => {
  const loading = document.getElementById("loading");
  new MutationObserver(() => {
    if (loading.textContent) sessionStorage.setItem("said", loading.textContent);
  }).observe(loading, { childList: true });
}"""


async def test_a_residents_lots_are_found_by_a_number_that_stands_in_no_address(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN")
    officer = the_market.person("officer", port="DONGXING")
    await the_market.signed_in(page, officer, "/portal/find")
    resident = next(g for g in cast.GROUPS.values() if g.port is cast.DONGXING).residents[0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.get_by_label("边民证件号码").fill(resident.number)
    await page.get_by_role("button", name="查找边民").click()
    await page.wait_for_url("**/portal/find?q=res_*")
    await expect(page.locator("ul.cards li").first).to_contain_text("SAMPLE-")
    assert not [url for url in asked if resident.number in url]
    elsewhere = next(g for g in cast.GROUPS.values() if g.port is cast.RUILI).residents[0]
    await page.get_by_label("边民证件号码").fill(elsewhere.number)
    await page.get_by_role("button", name="查找边民").click()
    await expect(page.locator(".nothing")).to_contain_text("本口岸的批次中没有")
    assert resident.number not in await page.content()
    assert [*await findings(page), *await wider_than_the_screen(page)] == []


async def test_an_order_is_found_by_the_number_that_heads_its_page(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(page, the_market.person("officer", port="DONGXING"), "/portal/")
    await page.goto(the_market.at("/portal/?list=all"))
    await page.locator("main a[href^='/portal/orders/ins_']").first.click()
    await page.wait_for_url("**/portal/orders/ins_*")
    address, number = page.url, await page.locator("h1 .code").inner_text()
    await page.goto(the_market.at("/portal/find"))
    await page.locator("[name=q]").fill(number)
    await page.get_by_role("button", name="查找", exact=True).click()
    await page.wait_for_url(address)


async def test_a_page_that_is_long_in_coming_says_that_it_is_on_its_way(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "vi")
    await the_market.signed_in(page, the_market.person("officer", port="DONGXING"))

    async def slow(route: Route) -> None:
        await asyncio.sleep(_LONG_S)
        await route.continue_()

    await page.route("**/portal/roster", slow)
    await expect(page.locator("#loading")).to_be_hidden()
    await page.evaluate(_NOTES_WHAT_IS_SAID)
    await page.locator("nav a[href='/portal/roster']").click()
    await page.wait_for_url("**/portal/roster")
    said = await page.evaluate("sessionStorage.getItem('said')")
    assert said == "Đang tải, xin chờ một chút."
    await expect(page.locator("#loading")).to_be_hidden()
