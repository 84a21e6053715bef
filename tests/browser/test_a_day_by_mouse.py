"""A day's work by mouse only: a resident declares, officers decide, the gate lets out, a factory
receives; each on the own screen, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from deploy.sandbox.world import cast
from services.kernel.clock import BEIJING
from tests.browser.market import Market
from tests.browser.use import by_steps
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")

NOW: Final = "%Y-%m-%dT%H:%M"


async def test_a_clerk_puts_a_mistyped_lot_right_before_the_first_member_has_answered(
    the_market: Market, desk: Page
) -> None:
    links = desk.locator("tbody a[href^='/portal/lots/']")
    summary = desk.locator("summary", has_text="更正填错的内容")
    for clerk in (p for p in the_market.people() if p["role"] == "clerk"):
        await the_market.signed_in(desk, clerk, "/portal/lots?state=SUBMITTED")
        for address in await links.evaluate_all("all => all.map(a => a.getAttribute('href'))"):
            await desk.goto(the_market.at(address))
            if await summary.count():
                break
        else:
            await the_market.out(desk)
            continue
        break
    await summary.click()
    form = desk.locator("form[action$='/amendment']")
    gross = await form.locator("[name=gross_kg]").input_value()
    await form.locator("[name=gross_kg]").fill("1")
    await form.get_by_role("button").click()
    # Refused, it stands open, and says so beside the field.
    await expect(form.locator(".field.wrong [name=gross_kg]")).to_have_value("1")
    await form.locator("[name=gross_kg]").fill(f"{float(gross.replace(',', '')) + 1:.3f}")
    await form.get_by_role("button").click()
    await expect(desk.get_by_role("status").first).to_have_text("已完成。")
    await expect(desk.locator("main")).to_contain_text("批次已更正")


async def test_a_member_reads_a_share_says_yes_and_finds_how_to_say_that_it_was_not_hers(
    the_market: Market, phone: Page
) -> None:
    await the_market.signed_in(phone, the_market.person("resident", can="confirm_share"))
    waiting = phone.locator("section", has_text="等我确认").first.locator(".cells a")
    before = await waiting.count()
    assert before
    await waiting.first.click()
    address = phone.url
    await expect(phone.locator(".figure")).to_contain_text("CNY")
    await phone.get_by_role("button", name="是我的，确认").click()
    await expect(phone.get_by_role("status").first).to_have_text("您已确认份额。")
    await expect(waiting).to_have_count(before - 1)
    await phone.goto(address)
    said = phone.locator("section", has_text="非本人操作")
    # While others are asked it is taken back; of the last one to answer the name can be frozen.
    back = said.get_by_role("button", name=re.compile("不是我的，拒绝|冻结我的名义"))
    await expect(back.first).to_be_visible()


async def test_a_member_takes_a_yes_back_while_others_are_asked_and_the_lot_is_withdrawn(
    the_market: Market, phone: Page
) -> None:
    member = the_market.person("resident", can="confirm_share", of="样本马路互助组")
    await the_market.signed_in(phone, member)
    await phone.locator("a[href^='/portal/shares/']").first.click()
    address = phone.url
    await phone.get_by_role("button", name="是我的，确认").click()
    await expect(phone.get_by_role("status").first).to_have_text("您已确认份额。")
    await phone.goto(address)
    said = phone.locator("section", has_text="非本人操作")
    await said.get_by_role("button", name="不是我的，拒绝").click()
    await expect(phone.get_by_role("status").first).to_contain_text("您已拒绝该份额")
    await phone.goto(address.replace("/shares/", "/lots/"))
    await expect(phone.locator(".stands")).to_contain_text("已撤销")


async def test_a_member_refuses_a_share_and_it_is_not_in_her_name_any_more(
    the_market: Market, phone: Page
) -> None:
    people = [p for p in the_market.people() if p["role"] == "resident"]
    wanting = [p for p in people if p["can"] == "confirm_share"]
    await the_market.signed_in(phone, wanting[2])
    await phone.locator("a[href^='/portal/shares/']").first.click()
    await phone.get_by_role("button", name="不是我的，拒绝").click()
    await expect(phone.get_by_role("status").first).to_contain_text("您已拒绝该份额")


async def test_a_mandate_stands_under_the_own_name_and_is_ended_by_one_tap(
    the_market: Market, phone: Page
) -> None:
    person = the_market.person("resident", can="income")
    await the_market.signed_in(phone, person, "/portal/me")
    group = phone.locator("li.card", has_text="样本坚果合作社")
    await group.get_by_role("button", name="终止此项委托").click()
    await expect(phone.get_by_role("status").first).to_have_text("已完成。")
    await expect(group).to_contain_text("每个份额均由您本人确认。")


async def test_a_name_is_frozen_and_thawed_by_its_owner(the_market: Market, phone: Page) -> None:
    await the_market.signed_in(phone, the_market.person("resident", can="declare"), "/portal/me")
    await phone.get_by_role("button", name="冻结我的名义").click()
    await expect(phone.get_by_role("status").first).to_have_text("现在任何人都不能以您的名义申报。")
    await phone.get_by_role("button", name="恢复使用").click()
    await expect(phone.get_by_role("status").first).to_have_text("您的名义已恢复使用。")


async def test_a_declaration_that_is_refused_keeps_what_was_typed_and_says_why_beside_it(
    the_market: Market, phone: Page
) -> None:
    await the_market.signed_in(
        phone, the_market.person("resident", can="confirm_share"), "/portal/declare"
    )
    typed = {
        "goods_name": "带壳腰果",
        "hs_code": "0801310",
        "net_kg": "100",
        "gross_kg": "110",
        "pieces": "4",
        "value": "3000",
        "vehicle_plate": "桂P90001",
        "seller": "Nobody known",
        "seller_bank_bic": "BFTVVNVX",
        "customs_office": "7208",
        "resident_no": "450681188801011234",
    }
    await by_steps(phone, typed)
    await phone.get_by_role("button", name="提交申报").click()
    await expect(phone.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    # The screen on which something is wrong is gone to.
    await expect(phone.locator(".wrong").first).to_be_visible()
    for name, value in typed.items():
        await expect(phone.locator(f"[name={name}]")).to_have_value(value)
    assert await phone.locator(".mistake").count() >= 1


async def test_two_officers_record_and_sign_and_the_lot_is_released(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN")
    first = the_market.person("officer", can="findings", port="DONGXING")
    await the_market.signed_in(desk, first, "/portal/?list=mine")
    row = desk.locator("tbody tr", has_text="已派员").first
    await expect(desk.locator("tbody")).to_contain_text("冻海产品：冷链抽样")
    address = await row.locator("a").first.get_attribute("href")
    await row.locator("a").first.click()
    await desk.get_by_label("无异常").check()
    await desk.get_by_label("放行", exact=True).check()
    await desk.locator("[name=found_kg]").fill(await _declared_kg(desk))
    await desk.get_by_role("button", name="签署查验结果").click()
    await expect(desk.get_by_role("status").first).to_have_text("您的签字已记录。")
    # Whose turn it is now stands on the order; the other one signs at the own desk.
    me = (await desk.locator("li:has-text('（您）')").inner_text()).split()[0]
    ids = [
        text.split()[0]
        for text in await desk.locator("h2:has-text('抽中的关员') + ul li").all_inner_texts()
    ]
    (other,) = (one for one in ids if one != me)
    name = next(officer.name for officer in cast.EXAMINING if officer.badge == other)
    second = next(p for p in the_market.people() if p["name"] == name)
    beside = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(beside, second, str(address))
    await beside.get_by_label("同意").check()
    await beside.get_by_role("button", name="签字").click()
    await expect(beside.locator(".stands")).to_contain_text("已办结")
    # The first one's page has followed by itself.
    await expect(desk.locator(".stands")).to_contain_text("已办结")


async def _declared_kg(order: Page) -> str:
    declared = order.locator("dt:has-text('申报重量') + dd")
    return (await declared.inner_text()).split(" kg")[0].replace(",", "")


async def test_the_gate_sees_yes_or_no_at_once_and_a_released_truck_leaves(
    the_market: Market, visit: Visit
) -> None:
    clerk = await visit.open(DESK, "zh-CN")
    keeper = await visit.open(PHONE, "zh-CN")
    await the_market.signed_in(keeper, the_market.person("gate", port="DONGXING"))
    auditor = the_market.person("auditor")
    await the_market.signed_in(clerk, auditor, "/portal/lots?state=IN_INSPECTION")
    inside = await clerk.locator("tbody .plate").first.inner_text()
    await keeper.locator("[name=q]").fill(inside)
    await keeper.keyboard.press("Enter")
    await expect(keeper.locator(".verdict.no")).to_contain_text("不得放行")
    await clerk.goto(the_market.at("/portal/lots?state=RELEASED"))
    plates = await clerk.locator("tbody tr td:nth-child(5) .plate:first-child").all_inner_texts()
    for plate in plates:
        await keeper.goto(the_market.at(f"/portal/?q={quote(plate)}"))
        if await keeper.locator(".verdict.yes").count():
            break
    await expect(keeper.locator(".verdict.yes")).to_contain_text("可以放行")
    weight = (await keeper.locator(".stands").first.inner_text()).split(" kg")[0].split()[-1]
    await keeper.locator("[name=gross_kg]").first.fill(weight.replace(",", ""))
    await keeper.get_by_role("button", name="放行出卡口").first.click()
    await expect(keeper.get_by_role("status").first).to_have_text("已完成。")


async def test_a_factory_receives_by_weight_and_the_balance_adds_up_before_the_eyes(
    the_market: Market, desk: Page
) -> None:
    factory = (
        the_market.person("enterprise", can="receive")
        if any(p["can"] == "receive" for p in the_market.people())
        else the_market.person("enterprise")
    )
    await the_market.signed_in(desk, factory, "/portal/factory-orders")
    row = desk.locator("tr", has_text="施封在途").first
    weight = (await row.locator("td.num").first.inner_text()).split()[0].replace(",", "")
    await row.locator("a").click()
    await desk.locator("[name=received_kg]").fill(weight)
    await desk.locator("[name=seal_intact][value=yes]").check()
    await desk.get_by_role("button", name="收货", exact=True).click()
    await expect(desk.locator(".stands")).to_contain_text("已过磅收货")
    await desk.get_by_role("link", name="账册").last.click()
    sums = desk.locator("table.sums tbody tr").first
    await expect(sums).to_be_visible()
    cells = await sums.locator("td.num").all_inner_texts()
    opening, received, consumed, scrap, left = (float(c.replace(",", "")) for c in cells[:5])
    assert round(opening + received - consumed - scrap, 3) == left


async def test_a_clerk_declares_a_lot_whose_shares_are_split_evenly(
    the_market: Market, desk: Page
) -> None:
    clerk = the_market.person("clerk")
    await the_market.signed_in(desk, clerk, "/portal/lots/new")
    await desk.locator("[name=reference]").fill("MOUSE-1")
    for name, value in {
        "net_kg": "100",
        "gross_kg": "110",
        "pieces": "4",
        "value": "3000",
        "entered_at": datetime.now(UTC).astimezone(BEIJING).strftime(NOW),
        "tickets": "450681188801011234\n450681188801015678",
    }.items():
        await desk.locator(f"[name={name}]").fill(value)
    await desk.get_by_role("button", name="提交申报").click()
    # These numbers are nobody's: each share is refused by its line, and all that was typed is kept.
    await expect(desk.get_by_role("alert").last).to_contain_text("第1行")
    await expect(desk.locator("[name=tickets]")).to_have_value(
        "450681188801011234\n450681188801015678"
    )


async def test_a_clerk_offers_a_lot_by_one_tap_takes_it_back_and_finds_the_payments(
    the_market: Market, desk: Page
) -> None:
    clerk = the_market.person("clerk", party="group:DX-G003")
    await the_market.signed_in(desk, clerk, "/portal/lots?state=RELEASED")
    lots = desk.locator("tbody a[href^='/portal/lots/']")
    for address in await lots.evaluate_all("links => links.map(a => a.getAttribute('href'))"):
        await desk.goto(the_market.at(f"{address}/sale"))
        if await desk.get_by_role("button", name="按此价挂牌").count():
            break
    await desk.get_by_role("button", name="按此价挂牌").first.click()
    await expect(desk.get_by_role("status").first).to_have_text("已完成。")
    await desk.goto(the_market.at(f"{address}/sale"))
    await desk.get_by_role("button", name="撤回挂牌").first.click()
    await expect(desk.get_by_role("button", name="按此价挂牌").first).to_be_visible()
    await desk.get_by_role("link", name="付款", exact=True).click()
    await desk.locator("[name=state]").select_option("SETTLED")
    await desk.get_by_role("button", name="显示").click()
    await expect(desk.locator("tbody")).to_contain_text("已付款")


async def test_a_lot_that_is_sold_is_offered_to_nobody_and_says_who_bought_it_for_how_much(
    the_market: Market, desk: Page
) -> None:
    clerk = the_market.person("clerk", party="group:DX-G005")
    await the_market.signed_in(desk, clerk, "/portal/lots?state=CLOSED")
    lot = desk.locator("tbody a[href^='/portal/lots/']").first
    await desk.goto(the_market.at(f"{await lot.get_attribute('href')}/sale"))
    sold = desk.locator("section", has_text="已售出")
    await expect(sold).to_contain_text(re.compile(r"4506\d{6}.*[\d,]+\.\d\d\sCNY"))
    await expect(desk.get_by_role("button", name="按此价报盘")).to_have_count(0)


async def test_a_bank_sees_the_price_who_is_in_it_and_what_waits_for_its_word(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("bank", can="answer_payment"))
    await expect(desk.locator("section", has_text="CNY/VND").first).to_contain_text("ABOCCNBJ")
    waiting = desk.locator("tbody a[href^='/portal/payments/']")
    await expect(waiting.first).to_be_visible()
    await waiting.first.click()
    await expect(desk.locator(".figure")).to_contain_text("CNY")


async def test_two_of_a_banks_compliance_let_a_held_payment_go(
    the_market: Market, visit: Visit
) -> None:
    body = [p for p in the_market.people() if p["role"] == "bank_compliance"]
    first = await visit.open(DESK, "zh-CN")
    for one in body:
        await the_market.signed_in(first, one, "/portal/held")
        links = first.locator("table").first.locator("a[href^='/portal/payments/']")
        if await links.count() and "没有暂停的付款" not in await first.content():
            break
        await the_market.out(first)
    address = str(await links.first.get_attribute("href"))
    second = next(p for p in body if p["party"] == one["party"] and p["subject"] != one["subject"])
    await first.goto(the_market.at(address))
    for person in (one, second):
        page = await visit.open(DESK, "zh-CN")
        await the_market.signed_in(page, person, address)
        if not await page.get_by_label("可以付出").count():
            break
        await page.get_by_label("可以付出").check()
        await page.locator("[name=remark]").fill("核实无误（样例）")
        await page.get_by_role("button", name="签字").click()
        await expect(page.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(first.locator(".stands")).not_to_contain_text("待银行合规")
