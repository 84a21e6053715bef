"""By mouse and by tap alone: a bank pays, a clerk declares a lot that is split evenly, a resident
declares own goods without a passkey; and what a page says behind which the window is away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from joserfc.jwk import OKPKey
from lxml import etree
from playwright.async_api import Page, expect
from starlette.types import ASGIApp

from deploy.operate.screens import issuer_alone, screens_alone
from deploy.sandbox.world import cast
from services.portal.interface import Interface
from services.portal.settings import PortalSettings
from tests.browser.market import Market
from tests.browser.test_bank_by_hand import opened
from tests.browser.test_one_touch import own_goods
from tests.browser.use import by_steps, findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit
from tests.support.ports import free_port
from tests.support.served import served

pytestmark = pytest.mark.xdist_group("market")

PLATE: Final = "桂P95622"
AWAY: Final = {
    "zh-CN": "系统暂时没有响应",
    "vi": "Hệ thống tạm thời không trả lời",
    "en": "The window does not answer just now",
}


async def test_a_bank_fetches_the_message_and_two_persons_say_that_it_has_paid(
    the_market: Market, visit: Visit
) -> None:
    first = await visit.open(DESK, "zh-CN")
    address, other = await opened(the_market, first)
    gets = await first.locator("dt:has-text('卖方所得') + dd").inner_text()
    async with first.expect_download() as coming:
        await first.get_by_role("button", name="领取付款报文").click()
    told = etree.parse(await (await coming.value).path()).getroot()
    assert "pacs.008.001.08" in str(told.tag)
    form = first.locator("#answer form.sheet")
    await form.locator("[value=ACSC]").check()
    await form.locator("[name=bank_reference]").fill("MOUSE-PAID-1")
    await form.get_by_role("button").click()
    await expect(first.locator(".stands")).to_contain_text("等待第二人确认")

    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, other)
    await second.locator("a[href^='/portal/answers/']").first.click()
    await expect(second.locator("main")).to_contain_text("MOUSE-PAID-1")
    await second.get_by_role("button", name="确认", exact=True).click()
    await expect(second.locator(".stands")).to_contain_text("已经两人确认")
    await second.locator("tbody a[href^='/portal/payments/']").first.click()
    await second.wait_for_url(f"**{address}")
    await expect(second.locator(".stands")).to_contain_text("已付款")
    await expect(second.locator("dt:has-text('已付') + dd").first).to_have_text(gets)
    # What was paid is not paid again, and its advice can be had.
    await expect(second.locator("#answer")).to_have_count(0)
    await expect(second.get_by_role("button", name="结算通知书")).to_be_visible()


async def test_a_clerk_declares_a_lot_by_form_and_the_split_adds_up_to_the_lot(
    the_market: Market, desk: Page
) -> None:
    clerk = the_market.person("clerk", party="group:DX-G001")
    await the_market.signed_in(desk, clerk, "/portal/lots")
    await desk.get_by_role("link", name="申报一批货物").first.click()
    members = [one.number for one in cast.GROUPS["DX-G001"].mandated[-3:]]
    for name, value in {
        "reference": "MOUSE-SPLIT",
        "vehicle_plate": "桂P95633",
        "foreign_plate": "",
        "net_kg": "100",
        "gross_kg": "110",
        "pieces": "4",
        "value": "1000",
        "tickets": "\n".join(members),
    }.items():
        await desk.locator(f"[name={name}]").fill(value)
    await desk.get_by_role("button", name="提交申报").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await desk.goto(the_market.at("/portal/lots?reference=MOUSE-SPLIT"))
    await desk.get_by_role("link", name="MOUSE-SPLIT").click()
    shares = desk.locator("table", has_text="333.34").locator("tbody tr")
    await expect(shares).to_have_count(3)
    text = " ".join(await shares.all_inner_texts())
    assert [text.count(one) for one in ("33.334", "33.333", "333.34", "333.33")] == [1, 2, 1, 2]


async def test_a_resident_declares_own_goods_by_plain_taps(
    the_market: Market, visit: Visit
) -> None:
    keeper, phone = await visit.open(PHONE, "zh-CN"), await visit.open(PHONE, "zh-CN")
    await the_market.signed_in(keeper, the_market.person("gate", port="DONGXING"))
    coming = keeper.locator("form[action='/portal/gate/entries']")
    await coming.locator("[name=vehicle_plate]").fill(PLATE)
    await coming.get_by_role("button").tap()
    await expect(keeper.get_by_role("status").first).to_have_text("已完成。")
    person = the_market.person("resident", can="declare")
    await the_market.signed_in(phone, person)
    await phone.get_by_role("link", name="申报我的货物").tap()
    await phone.wait_for_url("**/portal/declare")
    await by_steps(phone, own_goods(person, PLATE))
    await expect(phone.get_by_role("button", name="一指通提交")).to_have_count(0)
    await phone.get_by_role("button", name="提交申报").tap()
    await expect(phone.get_by_role("status").first).to_have_text("申报已提交。")
    await phone.get_by_role("link", name="我的批次").first.tap()
    await expect(phone.locator("main")).to_contain_text(PLATE)


async def test_what_a_resident_mistyped_is_said_beside_its_field_and_nowhere_else(
    the_market: Market, visit: Visit
) -> None:
    phone = await visit.open(PHONE, "vi", javascript=False)
    person = the_market.person("resident", can="declare")
    await the_market.signed_in(phone, person, "/portal/declare")
    right, at_fields = own_goods(person, PLATE), phone.locator(".field.wrong")
    # What is read of the form at all, and then whose number it is.
    for wrong in ({"net_kg": "nhiều", "goods_name": "Hạt điều " * 20}, {"resident_no": "123"}):
        for name, text in (right | wrong).items():
            await phone.locator(f"[name={name}]").fill(text)
        await phone.locator("[data-send] button").last.tap()
        await expect(at_fields).to_have_count(len(wrong))
        for name in wrong:
            await expect(at_fields.locator(f"[name={name}]")).to_have_count(1)
        if "goods_name" in wrong:
            await expect(at_fields.filter(has_text="120 ký tự")).to_have_count(1)
        # Above the form stands that nothing was done and where to look, and no field's sentence.
        await expect(phone.get_by_role("alert").locator("p")).to_have_count(1)


async def test_a_page_behind_which_the_window_is_away_says_so_in_a_sentence(
    the_market: Market, visit: Visit, tmp_path: Path
) -> None:
    port = free_port()
    here = Market(the_market.home, f"http://127.0.0.1:{port}")
    async with served(before_nobody(here, tmp_path), port):
        for language, said in AWAY.items():
            phone = await visit.open(PHONE, language)
            # Whoever has signed in has so at every process of the screens.
            await the_market.signed_in(phone, the_market.person("resident"))
            answer = await phone.goto(here.at("/portal/"))
            assert answer is not None
            assert answer.status == 503
            await expect(phone.get_by_role("alert").locator("h1")).to_have_text(said)
            assert "Traceback" not in await phone.content()
            # The same address, for when it is back.
            again = phone.get_by_role("alert").get_by_role("link")
            await expect(again).to_have_attribute("href", "/portal/")
            assert [*await findings(phone), *await wider_than_the_screen(phone)] == []
    visit.expects("503 for document")


def before_nobody(here: Market, folder: Path) -> ASGIApp:
    """The screens of a process of their own, before an interface that does not answer."""
    nobody = f"http://127.0.0.1:{free_port()}"
    issuer = OKPKey.import_key(json.loads((here.home / "issuer.jwk").read_text()))
    (folder / "jwks.json").write_text(json.dumps(issuer.as_dict(private=False)))
    settings = PortalSettings(
        secrets_file=here.home / "secrets.json",
        jwks_file=folder / "jwks.json",
        interface_url=nobody,
        oidc_metadata=f"{nobody}/.well-known/openid-configuration",
        public_origin=here.address,
    )
    return screens_alone(
        settings, Interface.at(settings.interface_url), issuer_alone(settings, Interface.at(""))
    )
