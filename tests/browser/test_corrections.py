"""A mistype in a factory's book is put right, and a lost load written off, by an officer's word."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


async def corrections_of(market: Market, page: Page) -> str:
    """A factory is at the corrections of its open book: their address."""
    await market.signed_in(page, market.person("enterprise", can="receive"), "/portal/books")
    await page.locator("a[href*='/books/bok_']").first.click()
    await page.get_by_role("link", name="更正").last.click()
    await expect(page.locator("h1")).to_contain_text("更正")
    return page.url.removeprefix(market.address)


async def test_a_mistyped_weight_is_put_right_by_an_officer_and_what_stood_stays_to_be_read(
    the_market: Market, visit: Visit
) -> None:
    factory = await visit.open(DESK, "zh-CN", javascript=False)
    address = await corrections_of(the_market, factory)
    asking = factory.locator("form[action$='/corrections/RECEIPT']")
    await asking.locator("[name=received_kg]").fill("nonsense")
    await asking.locator("[name=grounds]").fill("磅单抄错")
    await asking.get_by_role("button").click()
    await expect(asking.locator(".field.wrong [name=received_kg]")).to_have_value("nonsense")
    await asking.locator("[name=received_kg]").fill("539")
    await asking.get_by_role("button", name="提交申请").click()
    await expect(factory.locator("main")).to_contain_text("等待关员决定")
    officer = await visit.open(DESK, "zh-CN", javascript=False)
    person = the_market.person("officer", can="supervise")
    await the_market.signed_in(officer, person, address.removesuffix("/corrections"))
    await officer.get_by_role("link", name="有 1 项更正待关员决定").click()
    stood, asked = (officer.locator("table.list tbody td").nth(cell) for cell in (1, 2))
    await expect(asked).to_contain_text("539")
    await expect(stood).to_contain_text(re.compile(r"[1-9][\d,]*\.\d{3}"))
    await expect(stood).not_to_contain_text("539")
    await officer.locator("[name=decision][value=CONSENT]").check()
    await officer.locator("[name=reason]").fill("与磅单相符")
    await officer.get_by_role("button", name="签字").click()
    await expect(officer.locator(".state", has_text="已更正")).to_have_count(1)
    await factory.reload()
    await expect(factory.locator("main")).to_contain_text("与磅单相符")
    # What is left is counted, and not said by the book to itself.
    await factory.goto(the_market.at(address.removesuffix("/corrections")))
    await expect(factory.locator("[name^='closing_kg.']").first).to_have_value("")


async def sent_off(market: Market, page: Page) -> str:
    """A factory sends off what it bought and what is out of the gate: its purchase's address."""
    await page.goto(market.at("/portal/factory-orders"))
    bought = page.locator("tr", has_text="已收购，在市场内").locator("a")
    for address in [str(await link.get_attribute("href")) for link in await bought.all()]:
        await page.goto(market.at(address))
        if not await page.locator("[name=seal_no]").count():
            continue
        await page.locator("[name=seal_no]").fill("S-LOST")
        await page.locator("[name=vehicle_plate]").fill("桂P54321")
        await page.get_by_role("button", name="已发运").click()
        sent = page.locator(".state", has_text="施封在途")
        await sent.or_(page.locator("div.refusal")).first.wait_for()
        if await sent.count():
            return address
    raise AssertionError("nothing that was bought is out of the gate")


async def test_a_load_that_burnt_on_its_way_is_written_off_with_an_officers_consent(
    the_market: Market, visit: Visit
) -> None:
    factory = await visit.open(DESK, "zh-CN")
    address = await corrections_of(the_market, factory)
    purchase = await sent_off(the_market, factory)
    await factory.goto(the_market.at(address))
    asking = factory.locator("form[action$='/corrections/LOSS']")
    await asking.locator("[name=purchase_id]").select_option(purchase.rpartition("/")[2])
    await asking.locator("[name=grounds]").fill("车辆在途中烧毁，交警第771号记录")
    await asking.get_by_role("button", name="提交申请").click()
    await expect(factory.locator("main")).to_contain_text("等待关员决定")
    for device in (DESK, PHONE):
        officer = await visit.open(device, "zh-CN")
        person = the_market.person("officer", can="supervise")
        await the_market.signed_in(officer, person, address)
        waiting = officer.locator("section.card", has_text="途中灭失的货物").first
        await expect(waiting).to_contain_text("交警第771号记录")
        assert [*await findings(officer), *await wider_than_the_screen(officer)] == []
    await officer.locator("[name=decision][value=CONSENT]").check()
    await officer.locator("[name=reason]").fill("已核对交警记录")
    await officer.get_by_role("button", name="签字").click()
    await expect(officer.locator(".state", has_text="已更正")).not_to_have_count(0)
    await factory.goto(the_market.at(purchase))
    await expect(factory.locator(".stands")).to_contain_text("途中灭失，已核销")
    await expect(factory.locator("[name=received_kg]")).to_have_count(0)
    await factory.goto(the_market.at(address.removesuffix("/corrections")))
    lost = factory.locator("section.card", has_text="在途").first
    await expect(lost.locator(f"a[href='{purchase}']")).to_be_visible()
    await expect(lost).to_contain_text("途中灭失")
    assert [*await findings(factory), *await wider_than_the_screen(factory)] == []
    await found_again(the_market, visit, factory, (address, purchase))
    await expect(lost).to_contain_text("找到")


async def found_again(market: Market, visit: Visit, factory: Page, at: tuple[str, str]) -> None:
    """A factory enters that a purchase has turned up; an officer consents."""
    address, purchase = at
    await factory.goto(market.at(address))
    asking = factory.locator("form[action$='/corrections/FOUND']")
    await asking.locator("[name=purchase_id]").select_option(purchase.rpartition("/")[2])
    await asking.locator("[name=grounds]").fill("货车停在交警停车场，封志完好")
    await asking.get_by_role("button", name="提交申请").click()
    await expect(factory.locator("main")).to_contain_text("等待关员决定")
    assert [*await findings(factory), *await wider_than_the_screen(factory)] == []
    officer = await visit.open(PHONE, "zh-CN")
    await market.signed_in(officer, market.person("officer", can="supervise"), address)
    await expect(officer.locator("main")).to_contain_text("灭失核销后找到的货物")
    assert [*await findings(officer), *await wider_than_the_screen(officer)] == []
    await officer.locator("[name=decision][value=CONSENT]").check()
    await officer.locator("[name=reason]").fill("封志已核对")
    await officer.get_by_role("button", name="签字").click()
    await expect(officer.locator("[name=decision]")).to_have_count(0)
    await factory.goto(market.at(purchase))
    await received(factory)
    await factory.goto(market.at(address.removesuffix("/corrections")))


async def received(factory: Page) -> None:
    """A load is received when it is said how its seal was, and not before: nothing is chosen."""
    form = factory.locator("form[action$='/receipt']")
    await expect(form.locator("[name=seal_intact]:checked")).to_have_count(0)
    await form.locator("[name=received_kg]").fill("1")
    await form.get_by_role("button").click()
    await expect(form.locator("[name=seal_intact]:invalid")).to_have_count(2)
    await form.evaluate("form => form.noValidate = true")
    await form.get_by_role("button").click()
    await expect(form.locator("fieldset.wrong")).to_be_visible()
    assert [*await findings(factory), *await wider_than_the_screen(factory)] == []
    # It was broken: that is said by whoever says so.
    await form.get_by_label("破损、缺失或不是原封志").check()
    await form.get_by_role("button").click()
    await expect(form).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_corrections_can_be_used_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    desk = await visit.open(DESK, "zh-CN")
    address = await corrections_of(the_market, desk)
    for device in (DESK, PHONE):
        page = await visit.open(device, language)
        person = the_market.person("enterprise", can="receive")
        await the_market.signed_in(page, person, address)
        assert [*await findings(page), *await wider_than_the_screen(page)] == []
