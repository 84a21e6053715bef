"""Parties and goods stand by name on the pages of whoever may read it, with the code beside it."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.market import Market
from tests.browser.visit import IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
LOTS = "tbody a[href^='/portal/lots/']"


async def said(place: Locator) -> tuple[str, str]:
    """The name and the code of a party, as they stand at a place."""
    code = (await place.locator(".code").inner_text()).strip()
    return (await place.inner_text()).removesuffix(code).strip(), code


def is_sellers(name: str, code: str) -> bool:
    """Whether this is a seller of the sample world, by name and code."""
    return bool(name) and name != code and code.isascii()


def fact(page: Page, name: str) -> Locator:
    """What stands beside a name among a page's facts."""
    return page.locator("dl.facts div", has=page.get_by_text(name, exact=True)).locator("dd").first


async def test_an_officer_reads_which_group_declared_in_the_inbox_and_in_the_order(
    the_market: Market, desk: Page
) -> None:
    officer = the_market.person("officer", port="DONGXING")
    await the_market.signed_in(desk, officer, "/portal/?list=all")
    row = desk.locator("tbody tr", has=desk.get_by_text("样本海鲜合作社")).first
    listed = await said(row.locator("td[data-label=申报人]"))
    await row.locator("a").first.click()
    await desk.wait_for_url("**/portal/orders/ins_*")
    assert await said(fact(desk, "申报人")) == listed == ("样本海鲜合作社", "DX-G004")


async def test_a_bank_reads_payers_and_the_pools_banks_by_name(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(desk, the_market.person("bank", party="bank:ABOCCNBJ"))
    pool = desk.locator("td[data-label=银行]", has_text="BKCHCNBJ").first
    assert await said(pool) == ("中国银行（样本）", "BKCHCNBJ")
    await desk.locator("a[href^='/portal/payments/']").first.click()
    await desk.wait_for_url("**/portal/payments/stl_*")
    payer, code = await said(fact(desk, "付款方"))
    assert payer.startswith("样本")
    assert code.isascii()
    assert is_sellers(*await said(fact(desk, "卖方")))
    assert await said(fact(desk, "银行")) == ("中国农业银行（样本）", "ABOCCNBJ")


async def test_a_seller_reads_which_factory_orders_and_the_public_which_bank_is_on_duty(
    the_market: Market, desk: Page
) -> None:
    await desk.goto(the_market.at("/portal/board"))
    await expect(fact(desk, "轮值银行")).to_contain_text("银行（样本）")
    clerk = the_market.person("clerk", of="样本坚果合作社")
    await the_market.signed_in(desk, clerk, "/portal/lots?state=CLOSED")
    lot = await desk.locator(LOTS).first.get_attribute("href")
    await desk.goto(the_market.at(f"{lot}/sale"))
    assert await said(fact(desk, "落地加工企业")) == ("样本边境坚果加工有限公司", "4506960001")


async def test_a_resident_reads_the_own_groups_name_at_a_lot(
    the_market: Market, visit: Visit
) -> None:
    phone = await visit.open(PHONE, "vi")
    await the_market.signed_in(phone, the_market.person("resident"), "/portal/lots")
    await phone.locator("main a[href^='/portal/lots/']").first.click()
    await phone.wait_for_url("**/portal/lots/lot_*")
    name, code = await said(fact(phone, "Tổ"))
    assert name.startswith("样本")
    assert code.isascii()


async def goods(place: Locator) -> tuple[str, str]:
    """A commodity code and what follows it, as they stand at a place."""
    code, _, name = (await place.inner_text()).strip().partition(" ")
    return code, name


@IN_EVERY_LANGUAGE
async def test_goods_codes_are_followed_by_their_lines_name_in_the_readers_language(
    the_market: Market, desk: Page, language: str
) -> None:
    cashew = "带壳腰果" if language == "zh-CN" else "Cashew nuts in shell"
    await the_market.signed_in(desk, the_market.person("enterprise"), "/portal/factory-orders")
    cells = desk.locator("tbody tr td:nth-child(2) .code", has_text="08013100").locator("..")
    assert await goods(cells.first) == ("08013100", cashew)
    await desk.locator("a[href^='/portal/purchases/']").first.click()
    await desk.wait_for_url("**/portal/purchases/*")
    assert await goods(desk.locator("dl.facts dd").first) == ("08013100", cashew)
    await desk.goto(the_market.at("/portal/books"))
    for at in range(await desk.locator("a[href^='/portal/books/bok_']").count()):
        await desk.goto(the_market.at("/portal/books"))
        await desk.locator("a[href^='/portal/books/bok_']").nth(at).click()
        await desk.wait_for_url("**/portal/books/bok_*")
        material = desk.locator("table.sums tbody td").first
        if await material.count():
            break
    assert await goods(material) == ("08013100", cashew)
    await expect(desk.locator("main")).to_contain_text(f"08013100 {cashew}")


async def test_a_seller_reads_which_goods_an_order_is_for(the_market: Market, desk: Page) -> None:
    clerk = the_market.person("clerk", of="样本坚果合作社")
    await the_market.signed_in(desk, clerk, "/portal/lots?state=GATE_OUT")
    lot = await desk.locator(LOTS).first.get_attribute("href")
    await desk.goto(the_market.at(f"{lot}/sale"))
    wanted = desk.locator("td[data-label=落地加工企业] .by").first
    assert await goods(wanted) == ("08013100", "带壳腰果")


async def test_a_bank_reads_whose_accounts_are_booked_in_its_ledger_and_in_its_file(
    the_market: Market, desk: Page
) -> None:
    bank = the_market.person("bank", party="bank:ABOCCNBJ")
    await the_market.signed_in(desk, bank, "/portal/ledger")
    payer = desk.locator("span.leg > span", has_text="group:DX-").first
    name, code = await said(payer)
    assert name.split(" ", 1)[1].startswith("样本")
    paid = await said(desk.locator("span.leg > span", has_text="卖方").first)
    assert is_sellers(paid[0].partition(" ")[2], paid[1])
    own = desk.locator("td[data-label=账户] > a > span").first
    assert (await said(own))[0].endswith("中国农业银行（样本）")
    async with desk.expect_download() as fetched:
        await desk.get_by_role("link", name="下载表格（XLSX）").click()
    file = await (await fetched.value).path()
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert {f"{name} {code}", " ".join(paid)} <= {str(row[3]) for row in rows}


@IN_EVERY_LANGUAGE
async def test_compliance_reads_of_whom_and_to_whom_a_held_payment_is(
    the_market: Market, desk: Page, language: str
) -> None:
    label = {"zh-CN": "卖方", "vi": "Người bán", "en": "Seller"}[language]
    person = the_market.person("bank_compliance", can="compliance")
    await the_market.signed_in(desk, person, "/portal/held")
    held = desk.locator("tbody tr", has=desk.locator(f"td[data-label='{label}']")).first
    assert is_sellers(*await said(held.locator(f"td[data-label='{label}']")))
    await held.get_by_role("link").first.click()
    await desk.wait_for_url("**/portal/payments/stl_*")
    assert is_sellers(*await said(fact(desk, label)))
