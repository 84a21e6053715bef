"""On a phone a row of what people look through is a cell: all of it is in sight at once, and a tap
anywhere on it opens what it is about."""

from __future__ import annotations

from typing import Final

import pytest

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
HEIGHT_MOST: Final = 420
"""CSS pixels: half a phone's screen; a card of labels for each figure was all of it."""
LISTS: Final = {
    "officer": ("/portal/?list=all", "orders/ins_"),
    "clerk": ("/portal/lots", "lots/lot_"),
    "carrier": ("/portal/", "trucks?plate="),
}


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("role", LISTS)
async def test_a_row_is_a_cell_that_opens_where_it_is_tapped(
    the_market: Market, visit: Visit, role: str, language: str
) -> None:
    path, leads_to = LISTS[role]
    page = await visit.open(PHONE, language)
    await the_market.signed_in(page, the_market.person(role), path)
    row = page.locator("table.cell tbody tr").first
    await row.scroll_into_view_if_needed()
    assert await row.evaluate("row => getComputedStyle(row).display") == "grid"
    box = await row.bounding_box()
    assert box is not None
    assert box["height"] < HEIGHT_MOST
    assert await wider_than_the_screen(page) == []
    await page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    await page.wait_for_url(f"**/portal/{leads_to}*")


@IN_EVERY_LANGUAGE
async def test_payments_and_work_can_be_used_by_everybody_on_a_phone(
    the_market: Market, visit: Visit, language: str
) -> None:
    page = await visit.open(PHONE, language)
    await the_market.signed_in(page, the_market.person("clerk"))
    for path in ("/portal/payments", "/portal/work"):
        await page.goto(the_market.at(path))
        row = page.locator("table.cell tbody tr").first
        box = await row.bounding_box()
        assert box is not None
        assert box["height"] < HEIGHT_MOST
        assert await wider_than_the_screen(page) == []
        assert await findings(page) == []
