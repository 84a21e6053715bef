"""A bank's screening list on the screen: one person adds an entry, two end it, others only read."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
BANK = "bank:ABOCCNBJ"


async def listed(market: Market, page: Page, subject: str = "ABOCCNBJ-compliance-1") -> str:
    """A person of the bank's compliance puts a name on the list by form: the entry's reference."""
    person = market.person("bank_compliance", subject=subject)
    await market.signed_in(page, person, "/portal/screening")
    reference = f"CASE-{uuid4().hex[:8]}"
    form = page.locator("form[action='/portal/screening']")
    await form.locator("[name=list_name]").fill("OWN")
    await form.locator("[name=reference]").fill(reference)
    await form.locator("[value=NAME]").check()
    await form.locator("[name=value]").fill(f"Nobody At All {uuid4().hex}")
    await form.get_by_role("button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    return reference


async def opened(page: Page, reference: str) -> None:
    while not await page.get_by_role("link", name=reference).count():
        await page.locator(".more a").click()
    await page.get_by_role("link", name=reference).click()


async def test_an_entry_is_added_by_one_and_ended_by_two(the_market: Market, visit: Visit) -> None:
    first = await visit.open(DESK, "zh-CN", javascript=False)
    reference = await listed(the_market, first)
    await opened(first, reference)
    ending = first.locator("form[action$='/ending']")
    await ending.locator("[name=remark]").fill("法院已解除")
    await ending.get_by_role("button", name="签字移出").click()
    await expect(first.locator(".stands")).to_contain_text("一人已提出移出")
    # Whoever wants it ended is not offered to be the second.
    await expect(first.locator("form[action$='/ending']")).to_have_count(0)

    entry = first.url.removeprefix(the_market.address).partition("?")[0]
    second = await visit.open(DESK, "zh-CN", javascript=False)
    person = the_market.person("bank_compliance", subject="ABOCCNBJ-compliance-2")
    await the_market.signed_in(second, person, entry)
    await expect(second.locator("main")).to_contain_text("法院已解除")
    await second.locator("[name=remark]").fill("与判决相符")
    await second.get_by_role("button", name="签字移出").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator(".stands")).to_contain_text("已移出")
    await second.goto(the_market.at("/portal/screening?list=ended"))
    await opened(second, reference)
    await expect(second.locator("form[action$='/ending']")).to_have_count(0)


async def test_what_is_refused_stays_typed_and_is_said_beside_its_field(
    the_market: Market, desk: Page
) -> None:
    await listed(the_market, desk)
    form = desk.locator("form[action='/portal/screening']")
    await form.locator("[name=list_name]").fill("OWN")
    await form.locator("[name=reference]").fill("R" * 300)
    await form.locator("[value=RESIDENT]").check()
    await form.locator("[name=value]").fill("450681188801011234")
    await form.get_by_role("button").click()
    await expect(desk.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(form.locator(".field.wrong [name=reference]")).to_have_value("R" * 300)
    await expect(form.locator("[name=value]")).to_have_value("450681188801011234")
    await expect(form.locator("[value=RESIDENT]")).to_be_checked()


async def test_another_bank_does_not_hear_of_it_and_an_auditor_only_reads(
    the_market: Market, visit: Visit
) -> None:
    owner = await visit.open(DESK, "zh-CN")
    reference = await listed(the_market, owner)
    await opened(owner, reference)
    entry = owner.url.removeprefix(the_market.address)
    auditor = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(auditor, the_market.person("auditor"), entry)
    await expect(auditor.locator("main")).to_contain_text("ABOCCNBJ")
    await expect(auditor.locator("main form")).to_have_count(0)
    other = await visit.open(DESK, "zh-CN")
    person = the_market.person("bank_compliance", party="bank:ICBKCNBJ")
    await the_market.signed_in(other, person, entry)
    await expect(other.locator("main")).not_to_contain_text(reference)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_list_can_be_used_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    desk = await visit.open(DESK, language)
    reference = await listed(the_market, desk)
    await opened(desk, reference)
    entry = desk.url
    for device in (DESK, PHONE):
        page = await visit.open(device, language)
        person = the_market.person("bank_compliance", party=BANK)
        await the_market.signed_in(page, person, "/portal/screening")
        found = [*await findings(page), *await wider_than_the_screen(page)]
        await page.goto(entry)
        assert [*found, *await findings(page), *await wider_than_the_screen(page)] == []
