"""What people do to forms: press twice, go back, fall asleep over them, switch scripts off; and
what others would like to do with them."""

from __future__ import annotations

import httpx2
import pytest
from playwright.async_api import FilePayload, Page, expect

from services.portal.rendering import sentence
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}${7*7}",
    "' OR 1=1 --",
    "javascript:alert(1)",
    "‮txet desrever",
    "\N{PILE OF POO}" * 50,
)


async def test_without_scripts_a_member_still_confirms(the_market: Market, visit: Visit) -> None:
    page = await visit.open(PHONE, "vi", javascript=False)
    people = [p for p in the_market.people() if p["role"] == "resident"]
    for person in people:
        await the_market.signed_in(page, person)
        links = page.locator("a[href^='/portal/shares/']")
        if await links.count():
            break
        await the_market.out(page)
    await links.first.click()
    await page.get_by_role("button", name="Đúng, là của tôi").click()
    await expect(page.get_by_role("status").first).to_have_text("Bạn đã xác nhận phần của mình.")


async def test_a_double_click_and_the_back_button_count_once(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("enterprise"), "/portal/factory-orders")
    for name, value in {
        "reference": "TWICE-1",
        "hs_code": "08013100",
        "wanted_kg": "100",
        "unit_price": "10",
    }.items():
        await desk.locator(f"[name={name}]").fill(value)
    await desk.get_by_role("button", name="下单").dblclick()
    await expect(desk.get_by_role("status").first).to_have_text("已完成。")
    await desk.go_back()
    # The form is there again with its own key: sent again, it is the same order.
    if await desk.locator("[name=reference]").input_value() == "TWICE-1":
        await desk.get_by_role("button", name="下单").click()
    await desk.goto(the_market.at("/portal/factory-orders"))
    await expect(desk.locator("td", has_text="TWICE-1")).to_have_count(1)


async def test_a_session_that_ends_between_reading_and_sending_loses_nothing(
    the_market: Market, desk: Page
) -> None:
    person = the_market.person("enterprise")
    await the_market.signed_in(desk, person, "/portal/factory-orders")
    for name, value in {
        "reference": "ASLEEP-1",
        "hs_code": "08013100",
        "wanted_kg": "100",
        "unit_price": "10",
    }.items():
        await desk.locator(f"[name={name}]").fill(value)
    await the_market.out(desk)
    await desk.get_by_role("button", name="下单").click()
    await expect(desk.get_by_role("heading").first).to_have_text("尚未发送：登录已结束")
    async with desk.context.expect_page() as opened:
        await desk.get_by_role("link", name="在新页面登录").click()
    beside = await opened.value
    await beside.locator(f'input[name=subject][value="{person["subject"]}"] + button').click()
    await expect(beside.get_by_role("heading").first).to_have_text("您已登录")
    await beside.close()
    # Once to take up the new session, once because whoever sends it is to see what he sends.
    await desk.get_by_role("button", name="现在发送").click()
    await desk.get_by_role("button", name="现在发送").click()
    await expect(desk.locator("td", has_text="ASLEEP-1")).to_have_count(1)


@IN_EVERY_LANGUAGE
async def test_what_names_a_person_is_sealed_in_the_page_until_who_typed_it_is_back(
    the_market: Market, visit: Visit, language: str
) -> None:
    page, clerk = await visit.open(PHONE, language), the_market.person("clerk")
    await the_market.signed_in(page, clerk, "/portal/lots/new")
    number, seller = "450681189901010019", "Nobody Trading"
    for name, value in {"tickets": number, "seller": seller, "net_kg": "12.5"}.items():
        await page.locator(f"[name={name}]").fill(value)
    await the_market.out(page)
    await page.locator("form[action$='/lots/new']").evaluate("form => form.noValidate = true")
    await page.locator("form[action$='/lots/new'] button").last.click()
    await expect(page.get_by_role("heading").first).to_contain_text(
        sentence("Not sent yet: your session had ended", language)
    )
    for step in ("I have signed in; go on", "Send it now"):
        button = page.get_by_role("button", name=sentence(step, language), exact=True)
        await expect(button).to_be_visible()
        # A filed party is no secret of a person; a number is, and of nobody who holds the phone.
        assert seller in await page.content()
        if step != "Send it now":
            assert number not in await page.content()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text(sentence("Net weight, kg", language))
        await expect(alert).not_to_contain_text("net_kg")
        await expect(alert).not_to_contain_text(
            sentence("Nothing is lost. What you typed is kept on this page.", language)
        )
        assert [*await findings(page), *await wider_than_the_screen(page)] == []
        if step != "Send it now":
            beside = await page.context.new_page()
            await the_market.signed_in(beside, clerk)
            await beside.close()
            await button.click()
    await expect(page.locator("textarea[name=tickets]")).to_have_value(number)
    await page.get_by_role("button", name=sentence("Send it now", language)).click()
    # What else it lacks is said on the form's own page, where all of it stands now.
    await expect(page.locator("form[action$='/lots/new'] [name=net_kg]")).to_have_value("12.5")
    await expect(page.locator("[name=tickets]")).to_have_value(number)


async def test_what_names_a_person_is_not_opened_for_somebody_else_at_the_same_phone(
    the_market: Market, phone: Page
) -> None:
    clerk = the_market.person("clerk", party="group:DX-G001")
    await the_market.signed_in(phone, clerk, "/portal/lots/new")
    number = "450681189901010019"
    await phone.locator("[name=tickets]").fill(number)
    await the_market.out(phone)
    await phone.locator("form[action$='/lots/new']").evaluate("form => form.noValidate = true")
    await phone.locator("form[action$='/lots/new'] button").last.click()
    assert number not in await phone.content()
    await expect(phone.locator("[name=sealed]")).not_to_have_value("")
    beside = await phone.context.new_page()
    other = next(p for p in the_market.people() if p["role"] == "clerk" and p != clerk)
    await the_market.signed_in(beside, other)
    await beside.close()
    await phone.get_by_role("button", name="已登录，继续").click()
    await expect(phone.locator("textarea[name=tickets]")).to_have_value("")
    await expect(phone.locator("[name=sealed]")).to_have_count(0)
    assert number not in await phone.content()


async def test_a_file_is_chosen_again_and_what_stood_beside_it_is_kept(
    the_market: Market, desk: Page
) -> None:
    clerk, at = the_market.person("clerk"), "/portal/lots/file"
    file: FilePayload = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"not, a, table\n"}
    await the_market.signed_in(desk, clerk, at)
    await the_market.out(desk)
    await desk.locator("[name=file]").set_input_files(file)
    await desk.get_by_role("button", name="预检").click()
    alert = desk.get_by_role("alert")
    await expect(alert).to_contain_text("文件未保留，请重新选择。")
    await expect(alert).not_to_contain_text("没有丢失任何内容")
    assert await alert.get_by_role("link", name="返回该表单所在页面").get_attribute("href") == at
    beside = await desk.context.new_page()
    await the_market.signed_in(beside, clerk)
    await beside.close()
    await desk.get_by_role("button", name="已登录，继续").click()
    await desk.locator("[name=file]").set_input_files(file)
    await desk.get_by_role("button", name="现在发送").click()
    await expect(desk.get_by_role("alert")).to_contain_text("未能读取")
    case = f"/portal/lots/lot_{'0' * 32}"
    async with httpx2.AsyncClient(base_url=the_market.address) as http:
        large = {"file": ("a.pdf", b"%PDF" + bytes(1024**2), "application/pdf")}
        answer = await http.post(f"{case}/documents", data={"kind": "INVOICE"}, files=large)
    assert answer.status_code == 403
    assert 'name="kind" value="INVOICE"' in answer.text
    assert f'href="{case}"' in answer.text


async def test_what_somebody_is_typing_is_not_swept_away_by_what_others_do(
    the_market: Market, visit: Visit
) -> None:
    typing = await visit.open(DESK, "zh-CN")
    person = the_market.person("enterprise")
    await the_market.signed_in(typing, person, "/portal/factory-orders")
    await typing.locator("[name=reference]").fill("HALF-TYPED")
    other = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(other, person, "/portal/factory-orders")
    for name, value in {
        "reference": "MEANWHILE-1",
        "hs_code": "08013100",
        "wanted_kg": "50",
        "unit_price": "10",
    }.items():
        await other.locator(f"[name={name}]").fill(value)
    await other.get_by_role("button", name="下单").click()
    await expect(typing.locator("#changed")).to_be_visible(timeout=15_000)
    await expect(typing.locator("[name=reference]")).to_have_value("HALF-TYPED")


@pytest.mark.parametrize("nasty", NASTY)
async def test_what_is_typed_is_shown_as_text_and_never_run(
    the_market: Market, desk: Page, nasty: str
) -> None:
    await the_market.signed_in(desk, the_market.person("clerk"), "/portal/find")
    await desk.locator("[name=q]").fill(nasty)
    await desk.keyboard.press("Enter")
    await expect(desk.locator("[name=q]")).to_be_visible()
    await desk.goto(the_market.at("/portal/lots/new"))
    for field in await desk.locator("input[required], textarea[required]").all():
        kind = await field.get_attribute("type")
        await field.fill(nasty if kind != "datetime-local" else "2026-11-26T10:00")
    await desk.get_by_role("button", name="提交申报").click()
    await expect(desk.get_by_role("alert").first).to_be_visible()
    await expect(desk.locator("[name=seller]")).to_have_value(nasty.strip())


async def test_no_other_site_sends_a_form_frames_a_page_or_is_gone_to(the_market: Market) -> None:
    async with httpx2.AsyncClient(base_url=the_market.address) as http:
        page = await http.get("/portal/board")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        sent = await http.post(
            "/portal/me/freeze", data={"frozen": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert sent.status_code == 403
        for away in ("https://evil.example/", "//evil.example/", "/portal/../\\evil", "/docs"):
            answer = await http.get("/portal/language/vi", params={"next": away})
            assert answer.headers["location"] == "/portal/"


async def test_a_code_of_the_issuer_goes_to_this_window_only(the_market: Market) -> None:
    asked = {
        "response_type": "code",
        "client_id": "tradewindow-portal",
        "redirect_uri": "https://evil.example/portal/signed-in",
        "state": "s",
        "nonce": "n",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }
    async with httpx2.AsyncClient(base_url=the_market.address) as http:
        subject = the_market.person("auditor")["subject"]
        answer = await http.post("/issuer/authorize", data={**asked, "subject": subject})
        assert answer.status_code == 400
        assert "location" not in answer.headers


ORDER_SAID = {
    "zh-CN": "年、月、日按您浏览器显示的顺序填写",
    "vi": "ngày, tháng, năm theo thứ tự trình duyệt của bạn hiển thị",
    "en": "day, month and year in your browser's order",
}
"""A browser writes days in its own language, which is not always the page's."""


@IN_EVERY_LANGUAGE
async def test_beside_a_day_stands_in_the_pages_language_in_which_order_it_is_written(
    the_market: Market, visit: Visit, language: str
) -> None:
    for device, role, address in (
        (DESK, "auditor", "/portal/lots"),
        (PHONE, "enterprise", "/portal/books"),
    ):
        page = await visit.open(device, language)
        await the_market.signed_in(page, the_market.person(role), address)
        days = page.locator(".field", has=page.locator("input[type=date]"))
        assert await days.count()
        for at in range(await days.count()):
            await expect(days.nth(at).locator("small")).to_have_text(ORDER_SAID[language])
        assert [*await findings(page), *await wider_than_the_screen(page)] == []
