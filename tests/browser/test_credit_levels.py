"""A credit level is proposed on a page, found on the work list of another officer, and signed where
its facts stand; a milder one is refused beside its field; nobody else is offered an act."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import codes_for_words, findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")
LEVELS = "/portal/credit-levels"


async def proposes(page: Page, market: Market, party: str, level: str, **year: str) -> None:
    """An officer fills in the form; the year of violations where there is one."""
    await page.goto(market.at(LEVELS))
    await page.locator("summary").click()
    kind, _, code = party.partition(":")
    await page.locator("[name=party_kind]").select_option(kind)
    await page.locator("[name=party]").fill(code)
    await page.locator("[name=level]").select_option(level)
    await page.locator("[name=grounds]").select_option("VIOLATIONS" if year else "SMUGGLING")
    for name, value in year.items():
        await page.locator(f"[name='violations.{name}']").fill(value)
    await page.locator("details form button").click()


def two_officers(market: Market) -> tuple[dict[str, str], dict[str, str]]:
    one, other = [
        person
        for person in market.people()
        if person["role"] == "officer" and person["port"] == "DONGXING"
    ][-2:]
    return one, other


async def test_a_level_goes_from_one_officer_by_the_work_list_to_another_and_a_milder_is_refused(
    the_market: Market, visit: Visit
) -> None:
    one, other = two_officers(the_market)
    resident = the_market.person("resident", can="quota_used")["party"]
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(desk, one)
    year = {"count": "12", "documents": "9000", "fines": "1200000.00"}
    await proposes(desk, the_market, resident, "SERIOUSLY_DISHONEST", **year)
    await expect(desk.get_by_role("status").first).to_contain_text("已提议")
    await expect(desk.locator("main")).to_contain_text("另一名关员")
    await expect(desk.locator("form[action$='/signature']")).to_have_count(0)

    second = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(second, other, "/portal/work?kind=credit_decision")
    await second.locator("tbody tr", has_text=resident).get_by_role("link").click()
    facts = second.locator("dl.facts")
    for said in ("12", "9,000", "1,200,000.00", "一年内违规次数与罚款均超限"):
        await expect(facts).to_contain_text(said)
    form = second.locator("form[action$='/signature']")
    await form.locator("[name=agree][value=yes]").check()
    await form.get_by_role("button").click()
    await expect(second.locator("p.stands")).to_contain_text("现行")
    await expect(second.locator("p.stands")).to_contain_text("严重失信企业")
    await second.goto(the_market.at("/portal/work?kind=credit_decision"))
    await expect(second.locator("tbody tr", has_text=resident)).to_have_count(0)

    # What is milder than what stands takes a repair; what was typed stays.
    await proposes(desk, the_market, resident, "DISHONEST")
    await expect(desk.locator(".field.wrong [name=level]")).to_have_value("DISHONEST")
    await expect(desk.locator(".field.wrong .mistake")).to_contain_text("严重失信企业")
    await expect(desk.locator("[name=party]")).to_have_value(resident.partition(":")[2])


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_levels_and_one_of_them_can_be_used_by_everybody(
    the_market: Market, visit: Visit, language: str, device: Device
) -> None:
    one, _ = two_officers(the_market)
    group = "group:DX-G003"
    page = await visit.open(device, language)
    await the_market.signed_in(page, one)
    await proposes(page, the_market, group, "DISHONEST")
    if await page.get_by_role("alert").count():
        # A neighbour's waits already.
        await page.goto(the_market.at(f"{LEVELS}?party={group}"))
        await page.locator("tbody a").last.click()
    for path in (page.url, the_market.at(LEVELS), the_market.at(f"{LEVELS}?list=proposed")):
        await page.goto(path)
        wrong = [*await findings(page), *await wider_than_the_screen(page)]
        assert [*wrong, *await codes_for_words(page)] == []


async def test_a_factory_reads_its_own_levels_and_is_offered_no_act(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("enterprise", can="receive"), LEVELS)
    await expect(desk.locator("main form")).to_have_count(0)
    await expect(desk.locator("nav.tabs")).to_have_count(0)
