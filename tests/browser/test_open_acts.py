"""A page offers the acts that its case says are open to whoever reads it, and no others."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.visit import DESK, Visit

pytestmark = pytest.mark.xdist_group("market")

OF_DRAWN: Final = "form[action$='/findings'], form[action$='/withdrawal']"
REDRAW: Final = "form[action$='/redraw']"
ENTRIES: Final = "form[action*='/entries/'], form[action$='/closing']"
"""Unit consumption, production, scrap; and the count that closes the period."""
FORMS: Final = 4
WITHDRAWAL: Final = "form[action$='/withdrawal']"
COUNTED: Final = re.compile("yield|unexplained|balance", re.IGNORECASE)
"""What a count raises alerts about."""


async def test_who_is_not_drawn_for_an_order_may_have_it_drawn_again_and_nothing_else(
    the_market: Market, visit: Visit
) -> None:
    drawn = await visit.open(DESK, "en", javascript=False)
    officer, address = await the_market.drawn(drawn, "findings to make")
    await drawn.goto(the_market.at(address))
    await expect(drawn.locator(OF_DRAWN)).to_have_count(2)
    aside = await visit.open(DESK, "en", javascript=False)
    person = the_market.person("officer", can="supervise", port=officer["port"])
    await the_market.signed_in(aside, person, address)
    await expect(aside.locator("h1")).to_contain_text("Inspection order")
    await expect(aside.locator(REDRAW)).to_have_count(1)
    await expect(aside.locator(OF_DRAWN)).to_have_count(0)


async def test_a_lot_that_was_selected_is_not_offered_to_be_withdrawn_nor_one_outside_called_in(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en", javascript=False)
    clerk = the_market.person("clerk", of="样本海鲜合作社")
    await the_market.signed_in(page, clerk, "/portal/lots?state=IN_INSPECTION")
    lot = page.locator("tbody a[href^='/portal/lots/lot_']").first
    await page.goto(the_market.at(str(await lot.get_attribute("href"))))
    await expect(page.locator("h1")).to_contain_text("Lot")
    await expect(page.locator(WITHDRAWAL)).to_have_count(0)
    officer = await visit.open(DESK, "en", javascript=False)
    person = the_market.person("officer", can="supervise")
    await the_market.signed_in(officer, person, "/portal/lots")
    for state, offered in (("RELEASED", 1), ("GATE_OUT", 0)):
        await officer.goto(the_market.at(f"/portal/lots?state={state}"))
        lot = officer.locator("tbody a[href^='/portal/lots/lot_']").first
        await officer.goto(the_market.at(str(await lot.get_attribute("href"))))
        await expect(officer.locator("h1")).to_contain_text("Lot")
        await expect(officer.locator("form[action$='/call-in']")).to_have_count(offered)


async def test_members_who_were_just_reminded_are_not_offered_to_be_reminded_again(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en", javascript=False)
    await the_market.signed_in(page, the_market.person("clerk"), "/portal/lots?state=SUBMITTED")
    lot = page.locator("tbody a[href^='/portal/lots/lot_']").last
    await page.goto(the_market.at(str(await lot.get_attribute("href"))))
    reminder = page.locator("form[action$='/reminder']")
    await reminder.get_by_role("button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await expect(page.locator("h1")).to_contain_text("Lot")
    await expect(reminder).to_have_count(0)


async def test_a_lot_with_an_open_order_is_called_in_to_be_seen_more_closely_or_not_at_all(
    the_market: Market, visit: Visit
) -> None:
    officer = await visit.open(DESK, "en", javascript=False)
    person = the_market.person("officer", can="supervise")
    await the_market.signed_in(officer, person, "/portal/lots?state=IN_INSPECTION")
    lot = officer.locator("tbody a[href^='/portal/lots/lot_']").first
    await officer.goto(the_market.at(str(await lot.get_attribute("href"))))
    await expect(officer.locator("h1")).to_contain_text("Lot")
    await expect(officer.locator("form[action$='/call-in'] [value=YELLOW]")).to_have_count(0)


async def test_an_officer_gives_no_book_back_for_what_no_count_has_raised(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en", javascript=False)
    await the_market.signed_in(page, the_market.person("officer", can="supervise"), "/portal/books")
    links = page.locator("ul.cards a[href*='/books/bok_']")
    books = {await links.nth(at).get_attribute("href") for at in range(await links.count())}
    assert books
    for book in books:
        await page.goto(the_market.at(str(book)))
        for card in await page.locator(
            "section.card", has=page.locator("h2", has_text="Alert")
        ).all():
            counted = await card.locator("h2", has_text=COUNTED).count()
            await expect(card.locator("[name=resolution][value=ACCEPT]")).to_have_count(1)
            await expect(card.locator("[name=resolution][value=REOPEN]")).to_have_count(counted)


async def test_a_factory_makes_entries_in_its_open_book_and_an_officer_reads_it(
    the_market: Market, visit: Visit
) -> None:
    factory = await visit.open(DESK, "en", javascript=False)
    await the_market.signed_in(
        factory, the_market.person("enterprise", can="receive"), "/portal/books"
    )
    await factory.locator("a[href*='/books/bok_']").first.click()
    await expect(factory.locator(ENTRIES)).to_have_count(FORMS)
    address = factory.url.removeprefix(the_market.address)
    await factory.goto(the_market.at(f"{address}/corrections"))
    asking = "form[action*='/corrections/']"
    assert await factory.locator(asking).count()
    officer: Page = await visit.open(DESK, "en", javascript=False)
    person = the_market.person("officer", can="supervise")
    await the_market.signed_in(officer, person, address)
    await expect(officer.locator("h1")).to_contain_text("Book")
    await expect(officer.locator(ENTRIES)).to_have_count(0)
    await officer.goto(the_market.at(f"{address}/reports"))
    await expect(officer.locator("form[action$='/reversal']")).to_have_count(0)
