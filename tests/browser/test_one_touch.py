"""One touch in a real browser: a phone is bound at the desk, says yes, declares, and is ended.

A passkey belongs to a name, so the phone opens the pages at ``localhost``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import pytest
from playwright.async_api import Page, expect

from deploy.operate.data_directory import DataDirectory
from deploy.sandbox.parties import Parties
from deploy.sandbox.world import cast
from services.kernel.clock import BEIJING
from tests.browser.market import Market
from tests.browser.passkey import Authenticator, authenticator
from tests.browser.use import by_steps, findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit
from tests.support.window import resident_no

pytestmark = pytest.mark.xdist_group("market")

YES: Final = "一指通：是我的，确认"
WITHDRAWN: Final = "样本马路互助组"
BIND: Final = "绑定这部手机"


@pytest.fixture
def named(the_market: Market) -> Market:
    """The same market by its name."""
    return replace(the_market, address=the_market.address.replace("127.0.0.1", "localhost"))


def number_of(person: dict[str, Any]) -> str:
    """The identity number of a sample resident."""
    (group,) = [one for one in cast.GROUPS.values() if one.name == person["of"]]
    (number,) = [r.number for r in group.residents if r.name == person["name"]]
    return number


def own_goods(person: dict[str, Any], plate: str) -> dict[str, str]:
    """What a resident types of goods that came in on a truck just now."""
    return {
        "goods_name": cast.CASHEWS.name,
        "hs_code": cast.CASHEWS.hs_code,
        "net_kg": "45",
        "gross_kg": "46",
        "pieces": "2",
        "value": "1800",
        "vehicle_plate": plate,
        "foreign_plate": "",
        "manifest_no": "",
        "seller": cast.CASHEWS.seller.name,
        "seller_bank_bic": cast.CASHEWS.seller.bank,
        "origin": "VN",
        "shipped_from": "VN",
        "customs_office": cast.DONGXING.customs_office,
        "entered_at": f"{datetime.now(UTC).astimezone(BEIJING):%Y-%m-%dT%H:%M}",
        "resident_no": number_of(person),
    }


async def comes_in(market: Market, plate: str) -> None:
    """The gate sees a truck come in."""
    async with httpx2.AsyncClient(base_url=market.address) as http:
        parties = Parties(http, DataDirectory(market.home).issuer_key())
        gate = parties.act_as("gate", "gate:G1", port=cast.DONGXING.code)
        await gate.post("/gate/v1/entries", {"vehicle_plate": plate})


def wanting(market: Market, place: int) -> dict[str, Any]:
    """One of the residents whose yes is waited for; not of the group whose lot is withdrawn."""
    people = [p for p in market.people() if p["role"] == "resident" and p["of"] != WITHDRAWN]
    return [p for p in people if p["can"] == "confirm_share"][place]


async def opened(market: Market, desk: Page, person: dict[str, Any]) -> str:
    """A registrar opens a phone for the resident at the desk; the code that is shown."""
    await market.signed_in(desk, market.person("registrar"), "/portal/phones")
    await desk.locator("[name=resident_no]").fill(number_of(person))
    await desk.get_by_role("button", name="显示绑定码").click()
    await expect(desk.locator(".pass img")).to_be_visible()
    return (await desk.locator(".pass .figure").inner_text()).replace(" ", "")


async def bound(market: Market, visit: Visit, person: dict[str, Any]) -> tuple[Page, Authenticator]:
    """The resident's phone follows the picture of the desk, and is bound."""
    desk, phone = await visit.open(DESK, "zh-CN"), await visit.open(PHONE, "zh-CN")
    code = await opened(market, desk, person)
    assert [*await findings(desk), *await wider_than_the_screen(desk)] == []
    finger = await authenticator(phone)
    await market.signed_in(phone, person)
    await phone.goto(market.at(f"/portal/me/phones#{code}"))
    await expect(phone.locator("[name=code]")).to_have_value(code)
    assert code not in phone.url
    await phone.get_by_role("button", name=BIND).click()
    await expect(phone.get_by_role("status").first).to_have_text("这部手机已绑定。")
    assert len(await finger.passkeys()) == 1
    assert [*await findings(phone), *await wider_than_the_screen(phone)] == []
    await desk.get_by_role("link", name="查看是否已绑定").click()
    await expect(desk.locator(".state")).to_have_text("已绑定")
    return phone, finger


async def test_a_phone_that_was_bound_at_the_desk_says_yes_by_one_touch(
    named: Market, visit: Visit
) -> None:
    phone, finger = await bound(named, visit, wanting(named, -1))
    await phone.goto(named.at("/portal/"))
    waiting = phone.locator("a[href^='/portal/shares/']")
    before = await waiting.count()
    await waiting.first.click()
    await expect(phone.get_by_role("button", name=YES)).to_be_visible()
    assert [*await findings(phone), *await wider_than_the_screen(phone)] == []
    # A finger that is not its owner's sends nothing.
    await finger.knows_its_owner(False)
    await phone.get_by_role("button", name=YES).click()
    await expect(phone.get_by_role("alert").first).to_contain_text("什么也没有发送")
    await finger.knows_its_owner(True)
    await phone.get_by_role("button", name=YES).click()
    await expect(phone.get_by_role("status").first).to_have_text("您已确认份额。")
    await expect(waiting).to_have_count(before - 1)
    await phone.goto(named.at("/portal/me/phones"))
    used = phone.locator("dt:has-text('最近使用') + dd").first
    assert "–" not in await used.inner_text()


async def test_own_goods_are_declared_by_one_touch_and_a_phone_that_was_ended_is_not_asked(
    named: Market, visit: Visit
) -> None:
    person = named.person("resident", can="declare")
    phone, _ = await bound(named, visit, person)
    await comes_in(named, "桂P95511")
    await phone.goto(named.at("/portal/declare"))
    await by_steps(phone, own_goods(person, "桂P95511"))
    await phone.get_by_role("button", name="一指通提交").click()
    await expect(phone.get_by_role("status").first).to_have_text("申报已提交。")
    await phone.goto(named.at("/portal/me/phones"))
    await phone.get_by_role("button", name="停用这部手机").click()
    await expect(phone.get_by_role("status").first).to_have_text("这部手机已停用。")
    await phone.goto(named.at("/portal/declare"))
    await expect(phone.locator("button", has_text="提交申报")).to_have_count(1)
    await expect(phone.locator("button", has_text="一指通提交")).to_have_count(0)


async def test_what_is_mistyped_is_said_beside_its_field_before_the_phone_is_asked(
    named: Market, visit: Visit
) -> None:
    person = named.person("resident", can="declare")
    phone, finger = await bound(named, visit, person)
    before = len(await finger.passkeys())
    await phone.goto(named.at("/portal/declare"))
    await by_steps(phone, own_goods(person, "桂P95513") | {"value": "1,80,000"})
    await phone.get_by_role("button", name="一指通提交").click()
    wrong = phone.locator("label:has([name=value]) .mistake")
    await expect(wrong).to_contain_text("1,800.50")
    await expect(phone.locator("[name=value]")).to_have_value("1,80,000")
    await expect(phone.locator("[name=look]")).to_have_value("")
    await expect(phone.locator(".mistake")).to_have_count(1)
    assert phone.url.endswith("/portal/declare")
    assert len(await finger.passkeys()) == before


async def test_a_code_that_does_not_count_is_said_beside_its_field(
    named: Market, phone: Page
) -> None:
    await authenticator(phone)
    await named.signed_in(phone, named.person("resident"), "/portal/me/phones")
    await phone.locator("[name=code]").fill("0000000000")
    await phone.get_by_role("button", name=BIND).click()
    await expect(phone.locator(".mistake")).to_contain_text("此绑定码现在对您无效")


async def test_a_mistyped_number_is_mended_on_the_page_that_says_so(
    named: Market, desk: Page
) -> None:
    await named.signed_in(desk, named.person("registrar"), "/portal/phones")
    nobody = cast.GROUPS["DX-G001"].residents[0].number[:-1] + "?"
    for number, said in ((nobody, "身份证号码校验位不符"), (resident_no(4711), "无备案边民")):
        await desk.locator("[name=resident_no]").fill(number)
        await desk.get_by_role("button", name="显示绑定码").click()
        await expect(desk.locator(".mistake")).to_contain_text(said)
    await desk.locator("[name=resident_no]").fill(number_of(wanting(named, -2)))
    await desk.get_by_role("button", name="显示绑定码").click()
    await expect(desk.locator(".pass img")).to_be_visible()


async def test_without_scripts_it_is_said_that_no_phone_was_asked(
    named: Market, visit: Visit
) -> None:
    person = wanting(named, -2)
    desk = await visit.open(DESK, "zh-CN")
    code = await opened(named, desk, person)
    phone = await visit.open(PHONE, "zh-CN", javascript=False)
    await named.signed_in(phone, person, "/portal/me/phones")
    await phone.locator("[name=code]").fill(code)
    await phone.get_by_role("button", name=BIND).click()
    await expect(phone.get_by_role("alert").first).to_contain_text("未能请求这部手机")
