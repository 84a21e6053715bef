"""Whoever keeps a port's roster says who is away, and hands over what waits for them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")

ROSTER = "/portal/roster"


async def test_an_absence_is_entered_its_orders_are_listed_and_the_officer_is_back(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("officer", can="supervise"), ROSTER)
    people = desk.locator("section").last.locator("tbody tr")
    some = desk.locator("td.num", has_text=re.compile("^[1-9]"))
    drawn = people.filter(has=some, has_text="在岗").first
    badge = await drawn.locator("td .code").first.inner_text()
    orders = int(await drawn.locator("td.num").inner_text())
    handing = desk.locator("section").first.locator("tbody tr").filter(has_text=badge)

    await desk.locator("summary").click()
    await desk.locator("[name=badge_no]").first.fill(badge)
    await desk.locator("[name=duty]").first.select_option("SICK")
    await desk.locator("[name=until_on]").fill("2099-01-01")
    await desk.get_by_role("button", name="录入", exact=True).click()
    row = people.filter(has_text=badge)
    await expect(row).to_contain_text("病假")
    await expect(handing).to_have_count(orders)
    assert await findings(desk) == []

    # Who says others away has nobody drawn in their place: a colleague does, and he reads so.
    await expect(handing.first).to_contain_text("缺勤由您登记，须由另一名关员另抽。")
    await expect(handing.get_by_role("button", name="另抽一名关员")).to_have_count(0)
    await row.get_by_role("button", name="已返岗").click()
    await expect(row).to_contain_text("在岗")
    await expect(handing).to_have_count(0)


async def test_an_officer_who_keeps_no_roster_reads_it(the_market: Market, visit: Visit) -> None:
    page = await visit.open(PHONE, "vi")
    await the_market.signed_in(page, the_market.person("officer", can="findings"), ROSTER)
    await expect(page.locator("section").last.locator("tbody tr").first).to_be_visible()
    await expect(page.locator("form[action$='/duty']")).to_have_count(0)
    assert await findings(page) == []
    assert await wider_than_the_screen(page) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("桂 p-10014", "该车辆的批次"),
        ("sample00014", "此舱单项下"),
        ("dx-g004", "此互助组"),
        ("0307", "此商品编码"),
        ("sample-0014", "该编号的事项"),
    ],
)
async def test_one_field_finds_by_whatever_was_typed(
    the_market: Market, desk: Page, asked: str, found: str
) -> None:
    officer = the_market.person("officer", can="findings")
    await the_market.signed_in(desk, officer, "/portal/find")
    await desk.locator("[name=q]").fill(asked)
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("heading", name=found)).to_be_visible()
    await expect(desk.locator("ul.cards a").first).to_be_visible()


async def test_colleagues_of_the_port_are_named_by_their_badges(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("officer", can="findings"), ROSTER)
    people = desk.locator("section").last.locator("tbody tr td:first-child .code")
    badges = set(await people.all_inner_texts())
    await desk.goto(the_market.at("/portal/?list=all"))
    await desk.locator("tbody a[href^='/portal/orders/']").first.click()
    drawn = desk.locator("h2:has-text('抽中的关员') + ul > li > .code")
    await expect(drawn.first).to_be_visible()
    assert set(await drawn.all_inner_texts()) <= badges


async def test_an_officer_reads_by_the_badge_who_set_a_control(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en")
    person = the_market.person("officer", can="findings")
    await the_market.signed_in(page, person, "/portal/controls")
    setters = await page.locator("td[data-label='Set by'] .code").all_inner_texts()
    assert setters
    assert all(setter.startswith("DX-") for setter in setters), setters


@IN_EVERY_LANGUAGE
async def test_who_enters_an_absence_that_two_say_reads_that_it_is_proposed(
    the_market: Market, phone: Page
) -> None:
    person = the_market.person("officer", can="supervise")
    await the_market.signed_in(phone, person, ROSTER)
    await phone.goto(the_market.at(f"{ROSTER}?said=proposed"))
    assert await phone.locator("p.said").inner_text() in (
        "Too few would be left: it is proposed, and a registrar confirms it.",
        "在岗人数将过少：已提出，由登记员确认。",
        "Sẽ còn quá ít người: đã được đề xuất, cán bộ đăng ký xác nhận.",
    )
