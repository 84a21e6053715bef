"""Two people at one case, two pages of one person, a case that went on while its page lay open."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


async def _lot_of_unanswered_shares(market: Market, page: Page) -> str:
    """The address of a lot whose members have not all answered, from the clerk's own list."""
    await market.signed_in(page, market.person("clerk"), "/portal/lots")
    await page.goto(market.at("/portal/lots?state=SUBMITTED"))
    link = page.locator("main a[href^='/portal/lots/lot_']").first
    return market.at(str(await link.get_attribute("href")))


async def _asked_of_a_member(market: Market, page: Page) -> tuple[dict[str, Any], str]:
    """A member's page of a share that waits for an answer: who it is, and the number of its lot."""
    for person in market.people():
        if person["role"] != "resident":
            continue
        await market.signed_in(page, person)
        links = page.locator("a[href^='/portal/shares/']")
        if await links.count():
            lot_id = str(await links.first.get_attribute("href")).rpartition("/")[2]
            await links.first.click()
            return person, lot_id
        await market.out(page)
    raise AssertionError("nobody is asked for anything")


async def test_a_clerk_reads_by_name_who_has_not_answered(the_market: Market, visit: Visit) -> None:
    """Names of one character beyond the common set, of twenty, with Vietnamese letters."""
    page = await visit.open(PHONE, "zh-CN")
    await page.goto(await _lot_of_unanswered_shares(the_market, page))
    rows = page.locator("tbody tr", has_text="未答复")
    assert await rows.count() > 0
    for name in await rows.locator("b").first.all_inner_texts():
        assert name.strip() and "*" not in name
    first = await page.locator("tbody tr td:last-child").first.inner_text()
    assert "未答复" in first, "who has not answered stands first"
    assert await wider_than_the_screen(page) == []


async def test_an_order_that_a_colleague_signed_meanwhile_takes_no_second_sheet(
    the_market: Market, visit: Visit
) -> None:
    one = await visit.open(DESK, "zh-CN")
    officer, address = await the_market.drawn(one, "已派员")
    other = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(other, officer, str(address))
    await one.goto(the_market.at(str(address)))
    for page in (one, other):
        await page.get_by_label("无异常").check()
        await page.get_by_label("放行", exact=True).check()
        declared = await page.locator("dt:has-text('申报重量') + dd").inner_text()
        await page.locator("[name=found_kg]").fill(declared.split(" kg")[0].replace(",", ""))
    await one.get_by_role("button", name="签署查验结果").click()
    await expect(one.get_by_role("status").first).to_have_text("您的签字已记录。")
    await other.get_by_role("button", name="签署查验结果").click()
    await expect(other.get_by_role("alert").first).to_be_visible()
    await expect(one.locator(".stands").first).not_to_contain_text("已办结")


async def test_a_lot_that_moved_while_its_page_lay_open_says_so_and_is_not_withdrawn_unread(
    the_market: Market, visit: Visit
) -> None:
    member = await visit.open(PHONE, "zh-CN")
    asked, lot_id = await _asked_of_a_member(the_market, member)
    clerk = the_market.person("clerk", of=asked["of"])
    # Without scripts, so that the page cannot follow by itself.
    still = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(still, clerk, "/portal/lots")
    await still.goto(the_market.at(f"/portal/lots/{lot_id}"))
    await member.get_by_role("button", name="不是我的，拒绝").click()
    await expect(member.get_by_role("status").first).to_be_visible()
    await still.locator("summary", has_text="撤回本批次").click()
    await still.locator("[name=reason]").fill("样本：车辆返回")
    await still.get_by_role("button", name="撤回", exact=True).click()
    await expect(still.get_by_role("alert").first).to_contain_text(
        "您读取之后案件已有变动，请重新读取。"
    )
