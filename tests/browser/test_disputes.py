"""What does not match lies on the desk of the bank's compliance, of whom two end it by form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from services.kernel.clock import business_day
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
GONE: Final = {
    "en": "paid, and the goods never come",
    "zh-CN": "货物不会到来的付款",
    "vi": "thanh toán cho hàng không bao giờ đến",
}
ANOTHER_SUM: Final = "another amount"


async def opened(market: Market, page: Page, what: str) -> tuple[str, dict[str, Any]]:
    """A payment with such a dispute, opened by the first of its bank's compliance; and another."""
    people = [p for p in market.people() if p["role"] == "bank_compliance"]
    for party in sorted({p["party"] for p in people}):
        first, second = [p for p in people if p["party"] == party][:2]
        await market.signed_in(page, first, "/portal/held")
        row = page.locator("tbody tr", has_text=what)
        if await row.count():
            address = str(await row.locator("a").first.get_attribute("href"))
            await page.goto(market.at(address))
            return address, second
        await market.out(page)
    raise AssertionError(f"nobody's desk has {what}")


async def signs(page: Page, card: str, finding: str) -> None:
    """Somebody says what is true, in the form of that dispute."""
    form = page.locator("section.card", has_text=card).locator("form.sheet")
    await form.locator(f"[name=finding][value={finding}]").check()
    await form.locator("[name=remark]").fill("asked the seller's bank")
    await form.get_by_role("button", name="Sign").click()


async def test_money_of_goods_that_never_come_is_found_to_have_come_back_by_two(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "en", javascript=False)
    address, second = await opened(the_market, desk, GONE["en"])
    card = desk.locator("section.card", has_text=GONE["en"])
    await expect(card).to_contain_text("seized")
    await expect(card.locator("[name=finding]")).to_have_count(2)
    await signs(desk, GONE["en"], "RETURNED")
    await expect(desk.get_by_role("alert")).to_contain_text("Not done. Nothing was changed.")
    await expect(desk.locator(".field.wrong [name=returned_on]")).to_have_count(1)
    day = f"{business_day(datetime.now(UTC))}"
    await desk.locator("[name=returned_on]").fill(day)
    await signs(desk, GONE["en"], "RETURNED")
    await expect(card).to_contain_text("One person has signed: the money of the goods came back")
    for size, language in ((PHONE, "zh-CN"), (DESK, "vi")):
        reader = await visit.open(size, language)
        await the_market.signed_in(reader, second, "/portal/held")
        await expect(reader.locator("tbody").last).to_contain_text(GONE[language])
        await reader.goto(the_market.at(address))
        await expect(reader.locator("main")).to_contain_text(GONE[language])
        assert not await findings(reader)
        assert not await wider_than_the_screen(reader)
    other = await visit.open(DESK, "en")
    await the_market.signed_in(other, second, address)
    await other.locator("[name=returned_on]").fill(day)
    await signs(other, GONE["en"], "RETURNED")
    await expect(other.get_by_role("status").first).to_be_visible()
    await expect(other.locator("dl.facts").first).to_contain_text("Came back, value date")
    await expect(other.locator("section.card", has_text=GONE["en"])).to_have_count(0)


async def test_a_word_that_does_not_match_is_resolved_by_two_by_form(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "en")
    address, second = await opened(the_market, desk, ANOTHER_SUM)
    await signs(desk, ANOTHER_SUM, "RECORD_STANDS")
    await expect(desk.locator("section.card", has_text=ANOTHER_SUM)).to_contain_text(
        "One person has signed"
    )
    other = await visit.open(DESK, "en")
    await the_market.signed_in(other, second, address)
    await signs(other, ANOTHER_SUM, "RECORD_STANDS")
    await expect(other.locator("section.card", has_text=ANOTHER_SUM)).to_have_count(0)
