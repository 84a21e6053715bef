"""A bank's counter by hand: a quote and its end, an answer that one enters, another confirms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import FilePayload, Page, expect

from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit
from tests.support.patience import LOOKS

pytestmark = pytest.mark.xdist_group("market")
WAITS = "table.list a[href^='/portal/payments/']"


async def opened(market: Market, page: Page) -> tuple[str, dict[str, Any]]:
    """A payment that waits for its bank, opened by the first person of it; and the second one."""
    bank = [p for p in market.people() if p["role"] == "bank"]
    for person in bank:
        if person["subject"] != person["party"]:
            continue
        await market.signed_in(page, person)
        if await page.locator(WAITS).count():
            break
        await market.out(page)
    address = str(await page.locator(WAITS).first.get_attribute("href"))
    await page.goto(market.at(address))
    party = person["party"]
    second = next(p for p in bank if p["party"] == party and p["subject"] != party)
    return address, second


@pytest.mark.parametrize("script", [True, False], ids=["with-scripts", "without"])
async def test_a_day_without_duty_on_the_rota_is_entered_by_form(
    the_market: Market, visit: Visit, script: bool
) -> None:
    desk = await visit.open(DESK, "en", javascript=script)
    await the_market.signed_in(desk, the_market.person("bank", party="bank:BKCHCNBJ"))
    card = desk.locator("details.card", has_text="no duty on the rota")
    await card.locator("summary").click()
    await card.locator("[name=absent_on]").fill("2026-01-05")
    await card.get_by_role("button", name="Enter").click()
    await expect(desk.get_by_role("alert")).to_contain_text("Not done. Nothing was changed.")
    await expect(card.locator("[name=absent_on]")).to_have_value("2026-01-05")
    # A Wednesday and a Thursday.
    day = "2026-12-30" if script else "2026-12-31"
    await card.locator("[name=absent_on]:visible").fill(day)
    await card.get_by_role("button", name="Enter").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await expect(card).to_contain_text("entered by one person")
    # The bank is on duty until another confirms it, and whoever entered it is no other.
    row = card.locator("tr", has=desk.locator(f"[value='{day}']"))
    await expect(row.get_by_role("button", name="Confirm")).to_have_count(0)
    await row.get_by_role("button", name="Take back").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await expect(row).to_have_count(0)


async def test_a_day_without_duty_leads_from_the_work_list_to_where_a_second_person_confirms_it(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "en", javascript=False)
    await the_market.signed_in(
        desk, the_market.person("bank", party="bank:PCBCCNBJ", can="quote"), "/portal/absences"
    )
    day = "2026-12-29"
    await desk.locator("section.card form [name=absent_on]:visible").fill(day)
    await desk.get_by_role("button", name="Enter").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    other = await visit.open(DESK, "en")
    await the_market.signed_in(
        other, the_market.person("bank", subject="PCBCCNBJ-second"), "/portal/work"
    )
    await other.locator("tbody tr", has_text=day).get_by_role("link").click()
    row = other.locator("tr[aria-current=true]")
    await expect(row).to_contain_text("entered by one person")
    assert [*await findings(other), *await wider_than_the_screen(other)] == []
    await row.get_by_role("button", name="Confirm").click()
    await expect(other.locator("tbody")).to_contain_text("the next bank of the rota stands in")
    await other.goto(the_market.at("/portal/work"))
    await expect(other.locator("tbody tr", has_text=day)).to_have_count(0)


def _file(content: bytes) -> FilePayload:
    return {"name": "answer.xml", "mimeType": "application/xml", "buffer": content}


@pytest.mark.parametrize("script", [True, False], ids=["with-scripts", "without"])
async def test_a_quote_is_posted_and_taken_back_by_form(
    the_market: Market, visit: Visit, script: bool
) -> None:
    desk = await visit.open(DESK, "en", javascript=script)
    await the_market.signed_in(desk, the_market.person("bank", party="bank:PCBCCNBJ"))
    card = desk.locator("section.card", has_text="CNY/MMK").first
    await card.locator("summary", has_text="Quote CNY/MMK by hand").click()
    await card.locator("[name=mid]").fill("nonsense")
    await card.locator("[name=volume]").fill("1000000")
    await card.get_by_role("button", name="Quote", exact=True).click()
    await expect(desk.get_by_role("alert")).to_contain_text("Not done. Nothing was changed.")
    # What was typed is still there, and its form stands open.
    await expect(card.locator(".field.wrong [name=mid]")).to_have_value("nonsense")
    await card.locator("[name=mid]").fill("291.10")
    await card.get_by_role("button", name="Quote", exact=True).click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await card.get_by_role("button", name="Take our CNY/MMK quote back").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await expect(card.get_by_role("button", name="Take our CNY/MMK quote back")).to_have_count(0)
    ours = card.locator("tr", has_text="PCBCCNBJ").filter(has_text="withdrawn by the bank")
    await expect(ours).to_have_count(1)


async def test_the_counter_follows_the_price_that_another_bank_moves(
    the_market: Market, visit: Visit
) -> None:
    """Its own cases are told to a bank by its stream; another bank's quote is none of them."""
    watching, quoting = await visit.open(DESK, "en"), await visit.open(DESK, "en")
    await the_market.signed_in(quoting, the_market.person("bank", party="bank:PCBCCNBJ"))
    card = quoting.locator("section.card", has_text="CNY/VND").first
    mid = Decimal((await card.locator("p.figure").inner_text()).replace(",", ""))
    async with watching.expect_response(re.compile("/portal/live")):
        await the_market.signed_in(watching, the_market.person("bank", party="bank:ABOCCNBJ"))
    figure = watching.locator("section.card", has_text="CNY/VND").first.locator("p.figure")
    before = await figure.inner_text()
    await figure.evaluate("figure => { figure.dataset.seen = 'yes' }")
    await card.locator("summary", has_text="Quote CNY/VND by hand").click()
    await card.locator("[name=mid]").fill(f"{mid + 4:f}")
    await card.locator("[name=volume]").fill("1000000")
    await card.get_by_role("button", name="Quote", exact=True).click()
    await expect(quoting.get_by_role("status").first).to_be_visible()
    await expect(figure).not_to_have_text(before, timeout=LOOKS * 50)
    await card.get_by_role("button", name="Take our CNY/VND quote back").click()
    await expect(quoting.get_by_role("status").first).to_be_visible()


async def test_an_answer_by_form_counts_when_the_second_person_has_confirmed_it(
    the_market: Market, visit: Visit
) -> None:
    first = await visit.open(DESK, "zh-CN")
    address, other = await opened(the_market, first)
    form = first.locator("#answer form.sheet")
    await form.locator("[value=RJCT]").check()
    await form.get_by_role("button").click()
    await expect(first.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(form.locator(".field.wrong [name=reason_code]")).to_have_count(1)
    await expect(form.locator("[value=RJCT]")).to_be_checked()
    await form.locator("[value=ACSP]").check()
    await form.locator("[name=bank_reference]").fill("HAND-1")
    await form.get_by_role("button").click()
    await expect(first.locator(".stands")).to_contain_text("等待第二人确认")
    # Whoever entered it is not offered to confirm it.
    await expect(first.get_by_role("button", name="确认", exact=True)).to_have_count(0)

    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, other)
    await second.locator("a[href^='/portal/answers/']").first.click()
    await expect(second.locator("main")).to_contain_text("HAND-1")
    await second.get_by_role("button", name="确认", exact=True).click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator(".stands")).to_contain_text("已经两人确认")
    await second.goto(the_market.at(address))
    await expect(second.locator(".stands")).to_contain_text("银行处理中")
    await expect(second.locator("dl.facts").first).to_contain_text("HAND-1")
    await expect(second.locator("main")).to_contain_text("银行另一人确认答复")


async def test_an_answer_by_file_says_what_would_become_of_it_and_is_taken_back(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    address, other = await opened(the_market, desk)
    case = address.rpartition("/")[2]
    await desk.goto(the_market.at("/portal/"))
    upload = desk.locator("form[action='/portal/answers']")
    await upload.locator("[name=file]").set_input_files(_file(b"<no/>"))
    await upload.locator("button").click()
    await expect(desk.get_by_role("alert")).to_contain_text("ISO 20022")
    said = Status(
        original_message=None,
        original_instruction=case.removeprefix("stl_"),
        code="ACSP",
    )
    xml = payment_status.built(
        message_ref=uuid4().hex,
        created_at=datetime.now(UTC),
        from_bic=other["party"].removeprefix("bank:"),
        statuses=[said],
    )
    await upload.locator("[name=file]").set_input_files(_file(xml))
    await upload.locator("button").click()
    await expect(desk.locator("main table")).to_contain_text("ACSP")
    await desk.get_by_role("button", name="撤回").click()
    await expect(desk.locator(".stands")).to_contain_text("已撤回")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_by_hand_can_be_used_by_everybody_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    desk = await visit.open(DESK, language)
    address, other = await opened(the_market, desk)
    form = desk.locator("#answer form.sheet")
    await form.locator("[value=ACSP]").check()
    await form.get_by_role("button").click()
    await desk.wait_for_url("**/portal/answers/ans_*")
    entered = desk.url
    phone = await visit.open(PHONE, language)
    await the_market.signed_in(phone, other)
    wrong: dict[str, list[str]] = {}
    for page in (desk, phone):
        for at in (entered, the_market.at(address), the_market.at("/portal/")):
            await page.goto(at)
            await page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
            found = [*await findings(page), *await wider_than_the_screen(page)]
            if found:
                wrong[f"{page.viewport_size} {at}"] = found
    await desk.goto(entered)
    await desk.locator("form[action$='/withdrawal'] button").click()
    assert wrong == {}
