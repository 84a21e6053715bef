"""A clerk pays a lot's seller at a price locked first; a lot that is paid is not paid again."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
PAYS = "form[action$='/payment']"
PRICES = "form[action$='/price']"


async def sale_of(market: Market, page: Page, of: str, state: str) -> str:
    """A clerk opens the sale of a group's lot in a state: its address."""
    clerk = market.person("clerk", of=of)
    await market.signed_in(page, clerk, f"/portal/lots?state={state}")
    links = await page.locator("tbody a[href^='/portal/lots/']").all()
    sales = [f"{await link.get_attribute('href')}/sale" for link in links]
    for sale in sales:
        await page.goto(market.at(sale))
        # Of a lot in which a name is in question nothing is paid: there are two such in the sample.
        if state != "RELEASED" or await page.locator(PRICES).count():
            return sale
    raise AssertionError(f"no lot of {of} can be paid in {state}")


async def test_a_price_is_locked_read_and_paid_at_and_then_nothing_is_left_to_pay(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    address = await sale_of(the_market, desk, "样本瑞丽互助组", "RELEASED")
    prices = desk.locator(PRICES)
    whole = await prices.locator("[name=amount]").input_value()
    await prices.locator("[name=amount]").fill("nonsense")
    await prices.locator("select").select_option("MMK")
    await prices.get_by_role("button").click()
    await expect(prices.locator(".field.wrong [name=amount]")).to_have_value("nonsense")
    await prices.locator("[name=amount]").fill(whole)
    await prices.get_by_role("button", name="锁定报价").click()
    at_price = desk.locator(PAYS, has=desk.locator("[name=firm_quote_id]"))
    await expect(at_price).to_contain_text("MMK")
    await expect(at_price).to_contain_text("有效至")
    # It stands among the own payments too.
    await desk.goto(the_market.at("/portal/payments"))
    await expect(desk.locator("section.card")).to_contain_text("MMK")
    await desk.goto(the_market.at(address))
    await at_price.get_by_role("button", name="按此报价付款").click()
    assert await desk.get_by_role("alert").all_inner_texts() == []
    await desk.wait_for_url("**/portal/payments/stl_*")
    await desk.goto(the_market.at(address))
    await expect(desk.locator(f"{PAYS}, {PRICES}")).to_have_count(0)
    await expect(desk.locator("main")).to_contain_text("已付清或正在支付")


async def test_a_lot_that_is_paid_has_no_form_to_pay_it_again(
    the_market: Market, desk: Page
) -> None:
    await sale_of(the_market, desk, "样本坚果合作社", "CLOSED")
    await expect(desk.locator("main")).to_contain_text("已付清")
    await expect(desk.locator(f"{PAYS}, {PRICES}")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_paying_can_be_done_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    desk = await visit.open(DESK, language)
    address = await sale_of(the_market, desk, "样本江平京族互助组", "GATE_OUT")
    prices = desk.locator(PRICES)
    await prices.locator("select").select_option("VND")
    await prices.get_by_role("button").click()
    await expect(desk.locator("[name=firm_quote_id]").first).to_be_attached()
    for device in (DESK, PHONE):
        page = await visit.open(device, language)
        await the_market.signed_in(
            page, the_market.person("clerk", of="样本江平京族互助组"), address
        )
        assert [*await findings(page), *await wider_than_the_screen(page)] == []
