"""What a person must know, on a phone and at a desk: bell, list, and how one is told."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")

LIST = "/portal/notices"
CHOICES = "/portal/notices/choices"


async def test_the_bell_counts_after_the_page_is_there_and_leads_to_the_list(
    the_market: Market, phone: Page
) -> None:
    await the_market.signed_in(phone, the_market.person("resident", can="confirm_share"))
    bell = phone.get_by_role("link", name="通知")
    await expect(bell.locator("b")).to_have_text(re.compile(r"[1-9]"))
    await bell.click()
    await phone.wait_for_url(the_market.at(LIST))
    await expect(phone.locator("main li.unread").first).to_be_visible()


async def test_reading_one_takes_it_from_the_count_and_reading_all_takes_the_rest(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(page, the_market.person("clerk"), LIST)
    unread = page.locator("main li.unread")
    before = await unread.count()
    assert before > 0
    await unread.first.get_by_role("button").click()
    await expect(unread).to_have_count(before - 1)
    await page.get_by_role("button", name="全部标为已读").click()
    await expect(unread).to_have_count(0)
    await page.goto(the_market.at(f"{LIST}?list=unread"))
    await expect(page.locator("main .nothing")).to_be_visible()


async def test_a_notice_leads_to_its_case(the_market: Market, desk: Page) -> None:
    await the_market.signed_in(desk, the_market.person("clerk"), LIST)
    await desk.locator("main .notices a").first.click()
    await desk.wait_for_url(re.compile(r"/portal/(lots|payments)/(lot|stl)_"))
    await expect(desk.locator("main h1")).to_be_visible()


async def test_a_contact_waits_for_its_code_and_a_wrong_one_is_said_beside_its_field(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "vi", javascript=False)
    await the_market.signed_in(page, the_market.person("resident"), CHOICES)
    card = page.locator("section.card", has_text="Qua thư điện tử").first
    await card.locator("input[name=contact]").fill("nguyen@example.org")
    await card.locator("input[name=consent]").check()
    await card.get_by_role("button", name="Gửi mã cho tôi").click()
    await expect(page.locator(".said")).to_have_text(re.compile("Mã đang được gửi"))
    await expect(card.locator(".code").first).to_have_text("n•••@e•••.org")
    await card.locator("input[name=code]").fill("000000")
    await card.get_by_role("button", name="Xác nhận").click()
    await expect(card.locator(".mistake")).to_have_text(re.compile("Mã không đúng"))
    assert "nguyen@" not in await page.content()
    await card.get_by_role("button", name="Ngừng báo qua thư điện tử").click()
    await expect(page.locator(".said")).to_be_visible()


async def test_quiet_hours_and_language_are_kept(the_market: Market, desk: Page) -> None:
    await the_market.signed_in(desk, the_market.person("enterprise"), CHOICES)
    await desk.locator("input[name=quiet_from]").fill("22:00")
    await desk.locator("input[name=quiet_until]").fill("07:00")
    await desk.locator("select[name=language]").select_option("vi")
    await desk.locator("section.card", has=desk.locator("select")).get_by_role("button").click()
    await expect(desk.locator(".said")).to_be_visible()
    assert await desk.locator("input[name=quiet_from]").input_value() == "22:00"
    assert await desk.locator("select[name=language]").input_value() == "vi"


@pytest.mark.parametrize("device", [PHONE, DESK], ids=lambda device: device.name)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_both_pages_can_be_used_by_everybody(
    the_market: Market, visit: Visit, device: Device, language: str
) -> None:
    page = await visit.open(device, language)
    role = "resident" if device is PHONE else "clerk"
    await the_market.signed_in(page, the_market.person(role), LIST)
    for path in (LIST, CHOICES):
        await page.goto(the_market.at(path))
        assert [*await findings(page), *await wider_than_the_screen(page)] == [], path


async def test_an_officer_has_a_bell_and_whoever_holds_another_post_has_none(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("risk_officer"))
    await expect(desk.locator("main")).to_be_visible()
    await expect(desk.locator(".bell")).to_have_count(0)
    await the_market.out(desk)
    await the_market.signed_in(desk, the_market.person("officer"))
    await expect(desk.locator(".bell")).to_have_count(1)
