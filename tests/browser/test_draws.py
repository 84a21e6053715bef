"""Draws of a closed day are computed again in the reader's own browser, signed in or not."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from playwright.async_api import Locator, Page, expect

from deploy.operate.data_directory import DataDirectory
from tests.browser.market import Market
from tests.browser.use import findings, tab_to, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")

_TRUE = {
    "zh-CN": "相符：种子与承诺值一致，本页全部抽取重算结果相同。",
    "vi": "Đúng: số bí mật có dấu vân này và mọi lượt bốc thăm trên trang đều tính ra như nhau.",
    "en": "True: the secret number has this fingerprint,"
    " and all draws of this page come out the same.",
}
_ROWS = "table.draws tbody tr"


async def closed_day(market: Market, page: Page) -> None:
    """The page of a day that the sample's risk officer has closed, found as anybody finds it."""
    await page.goto(market.at("/portal/draws"))
    await page.locator("table.list a[href^='/portal/draws/sed_']").first.click()
    await page.wait_for_url("**/portal/draws/sed_*")


async def computed(page: Page) -> Locator:
    """The page's verdict after its button was pressed."""
    await page.locator("#start button").click()
    verdict = page.locator("#verdict.verdict")
    await verdict.wait_for()
    return verdict


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("device", [PHONE, DESK], ids=lambda device: device.name)
async def test_a_stranger_computes_every_draw_of_a_day_again(
    the_market: Market, visit: Visit, language: str, device: Device
) -> None:
    page = await visit.open(device, language)
    await closed_day(the_market, page)
    purposes = await page.locator(_ROWS).evaluate_all(
        "rows => rows.map(row => row.dataset.purpose)"
    )
    assert {"goods", "officers", "bay"} <= set(purposes)
    await expect(await computed(page)).to_have_text(_TRUE[language])
    await expect(page.locator(f"{_ROWS} .check b.true")).to_have_count(len(purposes))
    fingerprint = page.locator("#computed dd")
    await expect(fingerprint).to_have_text(
        str(await page.locator("#seed").get_attribute("data-commitment"))
    )
    steps = page.locator(f"{_ROWS}[data-purpose=officers] .check details").first
    if await page.locator(".rest").is_visible():
        await page.locator(".rest summary").click()
    await steps.locator("summary").click()
    assert await findings(page) == []
    assert await wider_than_the_screen(page) == []


async def test_a_phone_shows_the_first_draws_and_all_of_them_when_asked(
    the_market: Market, visit: Visit
) -> None:
    phone = await visit.open(PHONE, "vi", javascript=False)
    await closed_day(the_market, phone)
    rows = phone.locator(_ROWS)
    every = await rows.count()
    assert every > 8
    shown = [await row.is_visible() for row in await rows.all()]
    assert (shown.count(True), shown[:8]) == (8, [True] * 8)
    folded = await phone.evaluate("document.body.scrollHeight")
    await phone.get_by_text(f"Hiện cả {every} lượt bốc thăm").click()
    await expect(rows.last).to_be_visible()
    assert await phone.evaluate("document.body.scrollHeight") > folded
    assert await wider_than_the_screen(phone) == []
    desk = await visit.open(DESK, "vi", javascript=False)
    await desk.goto(phone.url)
    await expect(desk.locator(_ROWS).last).to_be_visible()
    await expect(desk.locator(".rest")).to_be_hidden()


async def test_by_keyboard_alone_the_draws_are_computed(the_market: Market, visit: Visit) -> None:
    page = await visit.open(DESK, "en", keyboard_only=True)
    await page.goto(the_market.at("/portal/draws"))
    day = await page.locator("a[href^='/portal/draws/sed_']").first.get_attribute("href")
    await page.goto(the_market.at(str(day)))
    await tab_to(page.locator("#start button"))
    await page.keyboard.press("Enter")
    await expect(page.locator("#verdict")).to_have_text(_TRUE["en"])


class Record:
    """The market's record, with a hand that the house never has: it changes what is append-only."""

    def __init__(self, market: Market) -> None:
        self.url = DataDirectory(market.home).endpoints().database_url

    async def changed(self, statement: str, *values: Any) -> Any:
        """What a statement returns that no trigger stops."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute("SET session_replication_role = replica")
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()


async def otherwise(page: Page, purpose: str) -> Locator:
    """A draw that could have come out otherwise: more could be drawn than were."""
    rows = page.locator(f"{_ROWS}[data-purpose={purpose}]")
    counts = await rows.evaluate_all(
        "rows => rows.map(({dataset: {eligible, drawn}}) =>"
        " eligible.split('\\n').length - drawn.split('\\n').length)"
    )
    return rows.nth(next(place for place, more in enumerate(counts) if more > 0))


@pytest.mark.parametrize("purpose", ["goods", "officers", "bay"])
async def test_a_falsified_draw_is_called_false_and_no_other(
    the_market: Market, visit: Visit, purpose: str
) -> None:
    page = await visit.open(DESK, "en")
    await closed_day(the_market, page)
    record = Record(the_market)
    if purpose == "goods":
        row = page.locator(f"{_ROWS}[data-purpose=goods][data-selected=no]").first
        subject = str(await row.get_attribute("data-subject"))
        lot = "replace($1, 'lot_', '')::uuid"
        # Half a turn further; done twice, it is as it was. Whether it was selected stays: by a
        # constraint, a green lot cannot say that it was.
        other = "CASE WHEN draw_value < 0.5 THEN draw_value + 0.5 ELSE draw_value - 0.5 END"
        falsify = f"UPDATE screenings SET draw_value = {other} WHERE lot_id = {lot}"
        undo = falsify
    else:
        row = await otherwise(page, purpose)
        subject = str(await row.get_attribute("data-subject"))
        where = f"WHERE subject = $1 AND purpose = '{purpose}'"
        left = "ARRAY(SELECT e FROM unnest(eligible) AS e WHERE e <> ALL (drawn) ORDER BY e)"
        falsify = f"UPDATE case_draws SET drawn = ({left} || drawn)[1:cardinality(drawn)] {where}"
        kept = ",".join(str(await row.get_attribute("data-drawn")).split("\n"))
        undo = f"UPDATE case_draws SET drawn = string_to_array('{kept}', ',') {where}"
    await record.changed(falsify, subject)
    try:
        # What was published is kept by readers for some seconds; this one asks anew.
        await page.reload()
        verdict = await computed(page)
        await expect(verdict).to_have_text("False: what does not come out the same is marked.")
        wrong = page.locator(f"{_ROWS}:has(.check b.false)")
        await expect(wrong).to_have_count(1)
        await expect(wrong).to_have_attribute("data-subject", subject)
        await expect(wrong).to_have_attribute("data-purpose", purpose)
    finally:
        await record.changed(undo, subject)
    await page.reload()
    await expect(await computed(page)).to_have_text(_TRUE["en"])


async def test_a_number_that_was_exchanged_afterwards_is_called_false(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en")

    async def another(route: Any) -> None:
        # The record itself refuses such a number (a constraint): it is the page that is given one.
        answer = await route.fetch()
        body = await answer.text()
        at = body.index('data-seed="') + len('data-seed="')
        other = "0" if body[at] != "0" else "1"
        await route.fulfill(response=answer, body=body[:at] + other + body[at + 1 :])

    await page.route("**/portal/draws/sed_*", another)
    await closed_day(the_market, page)
    await expect(await computed(page)).to_have_text(
        "False: the secret number does not have the fingerprint that was shown before."
    )


async def test_without_a_script_the_page_has_the_data_and_the_recipe(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN", javascript=False)
    await closed_day(the_market, page)
    await expect(page.locator("#start")).to_be_hidden()
    await page.locator("summary", has_text="计算方法说明").click()
    await expect(page.locator("details.card ol")).to_contain_text("HMAC-SHA256")
    assert await page.locator(_ROWS).count() > 10
    await expect(page.locator("#seed")).to_contain_text(
        str(await page.locator("#seed").get_attribute("data-seed"))
    )


async def test_a_risk_officer_closes_the_own_ports_day_by_mouse(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en")
    await the_market.signed_in(page, the_market.person("risk_officer"))
    await page.goto(the_market.at("/portal/draws"))
    buttons = page.get_by_role("button", name="Close the day and show its number")
    own = page.locator("tbody tr", has=buttons)
    await expect(own.first).to_contain_text("Dongxing")
    assert await page.locator("tbody tr", has_text="Ruili").count() > 0
    await expect(page.locator("tbody tr", has_text="Ruili").locator("button")).to_have_count(0)
    await own.last.get_by_role("button").click()
    await page.wait_for_url("**/portal/draws/sed_*")
    await expect(page.locator("#seed")).to_contain_text("Secret number")
