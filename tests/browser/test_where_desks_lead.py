"""Where a desk's links lead: to what is to be done there, with all that it takes to decide."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.async_api import Page, expect

from services.manifests import scopes_of_roles
from services.platform import words
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Visit
from tests.support.plates import own_plate

pytestmark = pytest.mark.xdist_group("market")
ACT: Final = "main form[method=post]:not([action*='/papers']):not([action*='/documents'])"
WHY_NOT: Final = "main .nothing, main [data-why]"
"""What a desk holds and nobody can do yet, the page says: no order for such goods, say."""
SAME_ENTRY: Final = (
    "This truck was recorded a short while ago: it is the same entry, and none was added."
    " If it left empty and has come again, record it later.",
    "该车刚才已登记进境：属同一次进境，未另行登记。如确系空车离场后再次进境，请稍后再登记。",
    "Xe này vừa được ghi nhận vào ít phút trước: đây là cùng một lượt vào, không ghi thêm."
    " Nếu xe đã rời đi không hàng rồi vào lại, hãy ghi nhận sau.",
)


@pytest.mark.parametrize(
    ("role", "can"),
    [("clerk", "declare"), ("enterprise", "receive"), ("bank_compliance", "compliance")],
)
async def test_every_line_of_a_desk_opens_where_it_is_done(
    the_market: Market, desk: Page, role: str, can: str
) -> None:
    await the_market.signed_in(desk, the_market.person(role, can=can))
    links = await desk.locator("table.list a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert links
    closed = {}
    for link in set(links):
        answer = await desk.goto(the_market.at(link))
        assert answer is not None
        if answer.status != 200:
            closed[link] = answer.status
    assert closed == {}


async def test_a_factory_buys_what_is_offered_to_its_order_once_however_often_it_is_pressed(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    factory = the_market.person("enterprise", can="receive")
    await the_market.signed_in(desk, factory, "/portal/factory-orders")
    other = await desk.context.new_page()
    await other.goto(the_market.at("/portal/factory-orders"))
    for page in (desk, other):
        await page.locator("tr", has_text="SAMPLE-0017").get_by_role("button", name="收购").click()
    await expect(desk.locator("h1")).to_contain_text("收购")
    assert "/portal/purchases/" in desk.url
    await expect(other.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(other.locator("tr", has_text="SAMPLE-0017")).to_have_count(0)


async def test_a_factory_reads_that_an_alert_of_its_book_waits_for_customs(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("enterprise", can="read_alert"))
    row = desk.locator("tbody tr", has_text="待关员处理预警").first
    await expect(row).to_contain_text("待海关办理")
    await expect(desk.locator("tbody tr", has_text="待盘点关账").first).not_to_contain_text(
        "待海关办理"
    )


async def test_a_risk_officer_opens_the_rule_that_waits_and_an_auditor_reads_that_nothing_does(
    the_market: Market, desk: Page
) -> None:
    second = the_market.person("risk_officer", can="second_proposal")
    await the_market.signed_in(desk, second, "/portal/work")
    await expect(desk.locator(".counts")).to_contain_text("风险规则")
    row = desk.locator("tbody tr", has_text="待另一名风险人员决定新规则").first
    await row.get_by_role("link").click()
    await desk.wait_for_url("**/portal/rules/rul_*")
    await expect(desk.locator("form[action$='/decision']")).to_be_attached()
    await the_market.out(desk)
    await the_market.signed_in(desk, the_market.person("auditor"), "/portal/work")
    await expect(desk.locator("main")).to_contain_text("审计人员没有待办事项")


async def test_compliance_reads_which_list_names_whom_before_it_signs(
    the_market: Market, visit: Visit
) -> None:
    for device in (DESK, PHONE):
        page = await visit.open(device, "zh-CN")
        person = the_market.person("bank_compliance", can="compliance")
        await the_market.signed_in(page, person, "/portal/held")
        held = page.locator("tr", has_text="名称列于名单")
        await held.get_by_role("link").first.click()
        await expect(page.locator("table.list", has_text="涉及谁")).to_contain_text("卖方")
        assert [*await findings(page), *await wider_than_the_screen(page)] == []


async def test_an_auditor_reads_who_acted_and_the_hashes_and_nobody_else_does(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN")
    await the_market.signed_in(page, the_market.person("auditor"))
    await page.get_by_role("link", name="SAMPLE-0060").first.click()
    first = page.locator(".timeline li").first
    await first.get_by_text("证据").click()
    await expect(first).to_contain_text("group:RL-G001")
    await expect(first).to_contain_text("0" * 64)
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
    lot = page.url
    clerk = await visit.open(DESK, "zh-CN")
    person = the_market.person("clerk", of="样本瑞丽互助组")
    await the_market.signed_in(clerk, person, lot.removeprefix(the_market.address))
    await expect(clerk.locator(".timeline li").first).not_to_contain_text("证据")


@IN_EVERY_LANGUAGE
async def test_a_second_registrar_opens_the_bank_whose_next_key_waits(
    the_market: Market, desk: Page, language: str
) -> None:
    person = the_market.person("registrar", can="second_proposal")
    await the_market.signed_in(desk, person, "/portal/work?kind=bank_key")
    row = desk.locator("tbody tr").first
    bic = await row.locator("td .code").first.inner_text()
    assert [*await findings(desk), *await wider_than_the_screen(desk)] == []
    await row.get_by_role("link").click()
    await desk.wait_for_url(f"**/portal/registers/banks/{bic}")
    await expect(
        desk.locator(f"form[action^='/portal/registers/banks/{bic}/keys/']")
    ).to_be_visible()


async def test_a_gate_keeps_the_lot_in_sight_when_the_truck_is_wrong_and_knows_what_it_scans(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN", javascript=False)
    await the_market.signed_in(page, the_market.person("gate", port="DONGXING"))

    async def scanned(text: str) -> None:
        await page.goto(the_market.at("/portal/"))
        await page.locator("[name=q]").fill(text)
        await page.locator("form.find button").click()

    auditor = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(auditor, the_market.person("auditor"), "/portal/lots?state=RELEASED")
    for plate in await auditor.locator("tbody tr .plate:first-child").all_inner_texts():
        await scanned(plate)
        if await page.locator(".verdict.yes").count():
            break
    leaving = page.locator("form[action$='/pass']")
    await leaving.locator("[name=vehicle_plate]").fill("桂P99999")
    await leaving.locator("[name=gross_kg]").fill("561.6")
    await leaving.get_by_role("button").click()
    await expect(leaving.locator(".field.wrong [name=vehicle_plate]")).to_have_value("桂P99999")
    await expect(page.locator("form[action$='/entries'] .mistake")).to_have_count(0)
    await expect(page.locator(".verdict.yes")).to_have_count(1)
    await scanned("lot_" + "0" * 32)
    await expect(page.locator(".verdict")).to_contain_text("没有此通行码的批次")
    await scanned("https://window.example/portal/paper/abcdefgh")
    await expect(page.locator(".verdict")).to_contain_text("没有此通行码的批次")


@IN_EVERY_LANGUAGE
async def test_a_signed_pass_says_yes_or_no_over_the_whole_screen_of_the_gate(
    the_market: Market, visit: Visit, language: str
) -> None:
    gate = the_market.person("gate", port="DONGXING")
    page = await visit.open(PHONE, language)
    await the_market.signed_in(page, gate, "/portal/lots?state=RELEASED")
    row = page.locator("tbody tr").first
    plate = await row.locator(".plate").first.inner_text()
    await row.get_by_role("link").first.click()
    button = page.get_by_role("button", name=words.word("PASS", "paper", language))
    async with page.expect_response(lambda answer: answer.url.endswith(".pdf")) as found:
        await button.first.click()
    number = (await found.value).url.rsplit("/", 1)[1].removesuffix(".pdf")
    grouped = "-".join(number[i : i + 4] for i in range(0, len(number), 4)).upper()
    for code in (f"https://window.example/portal/paper/{number}", grouped):
        await page.goto(the_market.at("/portal/"))
        await page.locator("[name=q]").fill(code)
        await page.locator("form.find button").click()
        await expect(page.locator(".verdict.yes, .verdict.no")).to_contain_text(plate)
    # So does the camera of a gate keeper's own phone, which goes where the code leads.
    await page.goto(the_market.at(f"/portal/paper/{number}"))
    await expect(page.locator(".verdict.yes, .verdict.no")).to_contain_text(plate)
    box = await page.locator(".verdict").bounding_box()
    assert box is not None
    assert box["height"] >= PHONE.height
    assert abs(box["y"]) < 2
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
    await expect(page.locator("[name=q]")).to_be_focused()


@pytest.mark.parametrize(
    ("role", "can", "says"),
    [
        ("policy_officer", "second_proposal", ("待另一名政策参数管理员",)),
        (
            "registrar",
            "second_proposal",
            (
                "待登记员核查是谁使用了该名义",
                "待另一名登记员认定是谁使用了该名义",
                "待另一名登记员决定备案变更",
                "待另一名登记员决定该清单",
                "待另一名登记员决定银行的签名密钥",
            ),
        ),
    ],
)
async def test_an_office_reads_what_waits_for_another_of_it_and_opens_each(
    the_market: Market, desk: Page, role: str, can: str, says: tuple[str, ...]
) -> None:
    await the_market.signed_in(desk, the_market.person(role, can=can))
    await desk.get_by_role("link", name="待办", exact=True).first.click()
    await desk.wait_for_url("**/portal/work")
    assert await findings(desk) == []
    # Neighbours in the market decide, too: of a kind nothing may be left.
    waits = [one for one in says if await desk.locator("tbody a", has_text=one).count()]
    assert waits
    for one in waits:
        await desk.goto(the_market.at("/portal/work"))
        await desk.locator("tbody a", has_text=one).first.click()
        await expect(desk.locator("main form button").first).to_be_visible()


@IN_EVERY_LANGUAGE
async def test_a_gate_reads_that_a_truck_which_it_records_again_has_come_in_once(
    the_market: Market, phone: Page
) -> None:
    await the_market.signed_in(phone, the_market.person("gate", port="DONGXING"))
    plate, form = own_plate(), phone.locator("form[action$='/entries']")
    said = []
    for _ in range(2):
        await form.locator("[name=vehicle_plate]").fill(plate)
        await form.get_by_role("button").click()
        await expect(phone).to_have_url(re.compile("said="))
        said.append(await phone.get_by_role("status").first.inner_text())
        assert [*await findings(phone), *await wider_than_the_screen(phone)] == []
        await phone.goto(the_market.at("/portal/"))
    assert said[1] in SAME_ENTRY and said[0] not in SAME_ENTRY


async def test_every_piece_of_work_of_everybody_opens_where_its_act_stands(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN", javascript=False)
    barred, kinds = {}, set()
    for person in the_market.people():
        if "window:work:read" not in scopes_of_roles()[person["role"]]:
            continue
        await the_market.signed_in(page, person, "/portal/work")
        # What another does is read, and not done.
        rows = page.locator("table.list tbody tr").filter(has_not_text="等待对方：")
        found = await rows.locator("td:first-child:not(:has(.by)) a").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        for address in set(found):
            answer = await page.goto(the_market.at(address))
            assert answer is not None
            kinds.add(address.split("/")[2])
            stands = page.locator(f"{ACT}, {WHY_NOT}")
            if answer.status != 200 or not await stands.count():
                barred[person["role"], address] = answer.status
        await the_market.out(page)
    assert barred == {}
    assert len(kinds) > 8, kinds
