"""An accreditation's case beside its next step: its clock, its examiners, its re-examination."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


async def opened(market: Market, page: Page, state: str) -> None:
    """An examiner of the port looks at the first case in a state."""
    at = f"/portal/certificates?state={state}"
    await market.signed_in(page, market.person("officer", can="on_site_report"), at)
    await page.locator("tbody a[href^='/portal/certificates/']").first.click()


async def test_a_clock_is_extended_once_upon_grounds_without_scripts_too(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await opened(the_market, desk, "ON_SITE")
    form = desk.locator("details", has_text="延长办理期限")
    await form.locator("summary").click()
    await form.locator("[name=grounds]").fill("样本：企业补充材料")
    await form.get_by_role("button", name="签字").click()
    await expect(desk.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(desk.locator("main")).to_contain_text("已延期一次")
    await expect(desk.locator("summary", has_text="延长办理期限")).to_have_count(0)


async def test_nobody_is_offered_to_be_drawn_in_place_of_examiners_who_may_still_act(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN")
    await opened(the_market, desk, "ON_SITE")
    await expect(desk.locator("h1")).to_contain_text("认证")
    await expect(desk.locator("summary", has_text="另抽认证人员")).to_have_count(0)
    for device in (DESK, PHONE):
        page = await visit.open(device, "vi")
        await opened(the_market, page, "ON_SITE")
        await page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
        assert [*await findings(page), *await wider_than_the_screen(page)] == []


async def test_grounds_that_are_refused_stand_open_with_what_was_typed(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN")
    await opened(the_market, desk, "CERTIFIED")
    form = desk.locator("details", has_text="提前复核")
    typed = "样本" * 300
    await form.locator("summary").click()
    await form.locator("[name=grounds]").fill(typed)
    await form.get_by_role("button", name="签字").click()
    await expect(desk.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(form.locator("[name=grounds]")).to_have_value(typed)


async def test_a_certificates_re_examination_is_opened_before_its_time(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "en")
    await opened(the_market, desk, "CERTIFIED")
    form = desk.locator("details", has_text="Re-examine before its time")
    await form.locator("summary").click()
    await form.locator("[name=grounds]").fill("Sample: a partner customs asks")
    await form.get_by_role("button", name="Sign", exact=True).click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await expect(desk.locator("summary", has_text="Re-examine")).to_have_count(0)


async def test_an_examiner_finds_the_case_from_the_first_page(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "en")
    examiner = the_market.person("officer", can="on_site_report")
    await the_market.signed_in(desk, examiner, "/portal/")
    await desk.get_by_role("link", name="All that waits for me").click()
    await desk.locator("tbody a[href^='/portal/certificates/']").first.click()
    await expect(desk).to_have_url(re.compile(r"/portal/certificates/aeo_"))
