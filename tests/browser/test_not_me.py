"""This was not me: said on a phone, found out by one registrar, decided by another."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings

pytestmark = pytest.mark.xdist_group("market")

FOUND = "书面同意在档，身份证件与手机均为本人"


async def _answered_share(market: Market, phone: Page) -> None:
    """The page of a share in a lot of which all have answered."""
    await market.signed_in(phone, market.person("resident", can="income"), "/portal/me")
    shares = phone.locator("a[href^='/portal/shares/']")
    addresses = [await one.get_attribute("href") for one in await shares.all()]
    for address in addresses:
        await phone.goto(market.at(str(address)))
        if await phone.locator("form[action$='/not-me']").count():
            return
    raise AssertionError("nobody has used this name yet")


async def test_it_is_said_on_a_phone_and_two_registrars_find_out(
    the_market: Market, phone: Page, desk: Page
) -> None:
    await _answered_share(the_market, phone)
    share = phone.url
    await phone.get_by_role("button", name="声明非本人操作").click()
    await expect(phone.get_by_role("status").first).to_have_text("现在任何人都不能以您的名义申报。")
    await expect(phone.locator(".state.reported")).to_have_text("声明非本人操作，待核查")
    assert await findings(phone) == []

    first = the_market.person("registrar", can="propose")
    second = the_market.person("registrar", can="second_proposal")
    await the_market.signed_in(desk, first, "/portal/")
    assert await findings(desk) == []
    lot = share.partition("?")[0][-8:]
    await desk.locator("a[href^='/portal/name-reports/']", has_text=lot).click()
    await desk.locator("[name=found]").fill(FOUND)
    await desk.get_by_role("button", name="签字").click()
    await expect(desk.locator(".state.found")).to_be_visible()
    assert await findings(desk) == []
    report = desk.url.partition("?")[0].removeprefix(the_market.address)
    # Whoever found does not decide.
    await desk.get_by_role("button", name="系本人操作").click()
    await expect(desk.get_by_role("alert").first).to_be_visible()
    await the_market.out(desk)

    await the_market.signed_in(desk, second, report)
    await expect(desk.locator("dl.facts")).to_contain_text(FOUND)
    await desk.get_by_role("button", name="系本人操作").click()
    await expect(desk.locator(".state.dismissed").first).to_be_visible()
    assert await findings(desk) == []

    await phone.goto(share)
    await expect(phone.locator(".state.dismissed")).to_have_text("认定为本人操作")
    await phone.goto(the_market.at("/portal/me"))
    await phone.get_by_role("button", name="恢复使用").click()
    await expect(phone.get_by_role("status").first).to_have_text("您的名义已恢复使用。")
