"""What is typed on a page is the number that the page would write, for people who read Vietnamese
above all: their thousands were taken for decimals."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.visit import DESK, Visit

pytestmark = pytest.mark.xdist_group("market")


async def ordered(page: Page, market: Market, reference: str, wanted: str, price: str) -> None:
    """A factory orders as much as is typed."""
    await page.goto(market.at("/portal/factory-orders"))
    typed = {"reference": reference, "hs_code": "08013100", "wanted_kg": wanted}
    for name, text in {**typed, "unit_price": price}.items():
        await page.locator(f"[name={name}]").fill(text)
    await page.locator("form[action='/portal/factory-orders'] button").click()


@pytest.mark.parametrize(
    ("language", "wanted", "price", "kg"),
    [
        ("vi", "10.000", "12,5", "10.000\N{NO-BREAK SPACE}kg"),
        ("zh-CN", "10,000", "12.5", "10,000 kg"),
        ("en", "10,000.000", "12.50", "10,000\N{NO-BREAK SPACE}kg"),
    ],
)
async def test_a_factory_orders_as_many_kilograms_as_its_page_then_says(
    the_market: Market, visit: Visit, language: str, wanted: str, price: str, kg: str
) -> None:
    page, reference = await visit.open(DESK, language), f"DOT-{language}"
    await the_market.signed_in(page, the_market.person("enterprise"), "/portal/factory-orders")
    await ordered(page, the_market, reference, wanted, price)
    row = page.locator("tr", has_text=reference)
    assert kg.replace("\N{NO-BREAK SPACE}", " ") in (await row.inner_text()).replace(
        "\N{NO-BREAK SPACE}", " "
    )


async def test_what_could_not_be_told_is_refused_in_the_pages_own_writing(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "vi")
    await the_market.signed_in(page, the_market.person("enterprise"), "/portal/factory-orders")
    await ordered(page, the_market, "DOT-NONE", "1800.500", "12,5")
    await expect(page.locator("label:has([name=wanted_kg]) .mistake")).to_contain_text("1.800,50")
    await expect(page.locator("[name=wanted_kg]")).to_have_value("1800.500")
    await expect(page.locator("[name=unit_price]")).to_have_value("12,5")
    await expect(page.locator(".mistake")).to_have_count(1)


async def test_a_clerk_is_told_of_the_total_and_of_no_share(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "vi")
    await the_market.signed_in(page, the_market.person("clerk"), "/portal/lots/new")
    typed = {
        "reference": "DOT-LOT",
        "goods_name": "x",
        "hs_code": "08013100",
        "net_kg": "1.200,5",
        "gross_kg": "1.300",
        "pieces": "1.000",
        "value": "1800.500",
        "vehicle_plate": "桂P90211",
        "seller": "x",
        "seller_bank_bic": "BFTVVNVX",
        "tickets": "450681189901010019\n450681189901010027\n450681189901010035",
    }
    for name, text in typed.items():
        await page.locator(f"[name={name}]").fill(text)
    await page.locator("form[action='/portal/lots/new'] button.main").click()
    await expect(page.locator("label:has([name=value]) .mistake")).to_contain_text("1.800,50")
    await expect(page.locator(".mistake")).to_have_count(1)
    for name, text in typed.items():
        assert (await page.locator(f"[name={name}]").input_value()).split() == text.split()
