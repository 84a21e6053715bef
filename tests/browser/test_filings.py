"""A registrar brings a register's first records in a file, all of it or none, or types one."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from playwright.async_api import FilePayload, Page, expect

from services.platform.language import CHINESE
from services.platform.signing_keys import public_jwk
from services.portal.filing_rows import FILED, columns_of, records_of
from services.portal.sheets import Sheet
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, LANGUAGES, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
RESIDENT = {
    "resident_no": "450681188801010017",
    "name": "韦备案",
    "sex": "女",
    "township": "东兴镇",
    "phone": "13900000001.0",
    "filing_no": "FILE-1",
    "filed_on": "2026/1/5",
    "valid_until": "2036年1月5日",
}
SELLER = {
    "seller_code": "S-FILED",
    "name": "Filed Trading",
    "country": "VN",
    "bank_bic": "BFTVVNVX",
    "account": "0077",
}


def brought(*rows: dict[str, str], encoding: str = "gb18030") -> FilePayload:
    text = StringIO(newline="")
    csv.writer(text).writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    return {"name": "a.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode(encoding)}


async def bring(page: Page, file: FilePayload) -> None:
    await page.locator("main [name=file]").set_input_files(file)
    await page.get_by_role("button", name="全部备案").click()


async def registrar(market: Market, page: Page, kind: str, can: str = "propose") -> None:
    person = market.person("registrar", can=can)
    await market.signed_in(page, person, f"/portal/filings/{kind}")


async def test_residents_are_filed_all_or_none_and_each_row_that_is_wrong_is_named(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await registrar(the_market, desk, "residents")
    other = {**RESIDENT, "resident_no": "450681188801010025", "filing_no": "FILE-2"}
    await bring(desk, brought(RESIDENT, {**other, "resident_no": "4506811899"}))
    await expect(desk.get_by_role("alert")).to_contain_text("任何一行均未备案")
    wrong = desk.locator("table.list tbody tr")
    await expect(wrong).to_have_count(1)
    await expect(wrong.first).to_contain_text("3")
    await expect(wrong.first).to_contain_text("证")
    # The number stands in no address, nor anywhere on the page.
    assert "450681188801010017" not in desk.url + await desk.content()
    await bring(desk, brought(RESIDENT, other))
    await expect(desk.get_by_role("status").first).to_have_text("已备案 2 条。")


async def test_a_seller_is_proposed_by_one_registrar_and_confirmed_by_another(
    the_market: Market, visit: Visit
) -> None:
    first = await visit.open(DESK, "zh-CN")
    await registrar(the_market, first, "sellers")
    await bring(first, brought(SELLER))
    await expect(first.get_by_role("status").first).to_contain_text("待另一名登记员确认")
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, the_market.person("registrar", can="second_proposal"))
    await second.get_by_role("link", name="S-FILED").click()
    await expect(second.locator("tbody")).to_contain_text("0077")
    await second.get_by_role("button", name="确认").click()
    await second.goto(the_market.at("/portal/registers?kind=sellers&code=S-FILED"))
    await expect(second.locator("h1")).to_have_text("Filed Trading")


async def typed(page: Page, record: dict[str, str], button: str) -> None:
    form = page.locator("main form[action$='/record']")
    for name, text in record.items():
        await form.locator(f"[name={name}]").fill(text)
    await form.get_by_role("button", name=button, exact=True).click()


async def test_a_port_is_filed_by_a_form_and_what_is_wrong_stands_beside_its_field(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await registrar(the_market, desk, "ports")
    port = {"port": "NEWGATE", "name_zh": "新口岸", "name_en": "New Gate"}
    await typed(desk, {**port, "customs_office": "72x1"}, "备案此条记录")
    await expect(desk.locator(".field.wrong [name=customs_office]")).to_have_value("72x1")
    await expect(desk.locator("[name=name_zh]")).to_have_value("新口岸")
    await typed(desk, {"customs_office": "7201"}, "备案此条记录")
    await expect(desk.get_by_role("status").first).to_have_text("已备案 1 条。")
    # The next one, on the same page, is another act.
    other = {"port": "OTHERGATE", "name_zh": "另一口岸", "name_en": "Other"}
    await typed(desk, {**other, "customs_office": "8604"}, "备案此条记录")
    await expect(desk.get_by_role("status").first).to_have_text("已备案 1 条。")


async def test_a_bank_is_filed_with_its_public_key_as_pem_and_read_before_it_counts(
    the_market: Market, visit: Visit
) -> None:
    pair = Ed25519PrivateKey.generate()
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    first = await visit.open(DESK, "zh-CN")
    await registrar(the_market, first, "banks")
    bank = {"bic": "CIBKCNBJ", "name": "中信银行（样本）", "currencies": "CNY，VND"}
    await typed(first, {**bank, "public_key": private.decode()}, "备案此条记录")
    await expect(first.locator(".field.wrong [name=public_key]")).to_have_count(1)
    await typed(first, {"public_key": public.decode()}, "备案此条记录")
    await expect(first.get_by_role("status").first).to_contain_text("待另一名登记员确认")
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, the_market.person("registrar", can="second_proposal"))
    await second.get_by_role("link", name="CIBKCNBJ").click()
    await expect(second.locator("tbody")).to_contain_text("Ed25519")
    await second.get_by_role("button", name="确认").click()
    await second.goto(the_market.at("/portal/registers/banks/CIBKCNBJ"))
    await expect(second.locator("h1")).to_have_text("中信银行（样本）")
    # Another key for it is proposed on its page, and decided by the first registrar.
    other = Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    await second.locator("[name=public_key]").fill(pem)
    await second.locator("[name=overlap_hours]").fill("24")
    await second.get_by_role("button", name="提议，由另一名登记员决定").click()
    await expect(second.locator("main")).to_contain_text("此项由您提议，须由另一名登记员决定。")


async def test_another_account_of_a_seller_is_proposed_by_the_form_that_filed_it(
    the_market: Market, desk: Page
) -> None:
    await registrar(the_market, desk, "sellers")
    seller = {**SELLER, "seller_code": "S-VN-003", "account": "0078"}
    await typed(desk, seller, "备案此条记录")
    await expect(desk.get_by_role("alert")).to_contain_text("S-VN-003已按其他内容备案")
    await typed(desk, seller, "提议以此替换现有备案")
    await expect(desk.get_by_role("status").first).to_contain_text("待另一名登记员确认")
    # Whoever proposed it takes it back as it is turned down.
    await desk.get_by_role("link", name="变更", exact=True).last.click()
    await desk.get_by_role("link", name="S-VN-003").click()
    await desk.get_by_role("button", name="否决").click()
    await expect(desk.get_by_role("status").first).to_have_text("您的签字已记录。")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "请先选择文件"),
        ("姓名,鞋码\n韦,38\n".encode(), "表头与模板不符"),
        (b"PK\x03\x04 no workbook", "无法读取此工作簿"),
    ],
    ids=["empty", "other-heads", "no-workbook"],
)
async def test_a_file_that_is_no_register_is_said_so_in_words(
    the_market: Market, desk: Page, content: bytes, said: str
) -> None:
    await registrar(the_market, desk, "groups")
    await bring(desk, {"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    await expect(desk.get_by_role("alert")).to_contain_text("未备案任何内容")
    await expect(desk.get_by_role("alert")).to_contain_text(said)


@pytest.mark.proof(keep=1)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_registers_page_can_be_used_at_both_widths(
    the_market: Market, visit: Visit, language: str
) -> None:
    wrong = {}
    for device in (DESK, PHONE):
        page = await visit.open(device, language)
        await registrar(the_market, page, "residents")
        for kind in FILED:
            await page.goto(the_market.at(f"/portal/filings/{kind}"))
            found = [*await findings(page), *await wider_than_the_screen(page)]
            if found:
                wrong[f"{device.name} {kind}"] = found
    assert wrong == {}


def test_what_a_spreadsheet_made_of_a_record_is_undone() -> None:
    rows = [["450681189901010019", "韦", "F", "镇", "1.39E+10", "7.0", "45000", "2036-1-5"]]
    names = {column.name: column.name for column in FILED["residents"]}
    names = {name.replace("_", ""): name for name in names}
    sheet = Sheet("csv", CHINESE, [column.name for column in FILED["residents"]], [*rows, [""] * 8])
    records, at = records_of(sheet, "residents", columns_of(sheet, "residents", names), {})
    assert at == [0]
    assert records[0] | {"phone": ""} == {
        "resident_no": "450681189901010019",
        "name": "韦",
        "sex": "F",
        "township": "镇",
        "phone": "",
        "filing_no": "7",
        "filed_on": "2023-03-15",
        "valid_until": "2036-01-05",
    }


def test_a_public_key_is_read_as_a_cell_has_it_and_nothing_private_goes_further() -> None:
    pair = Ed25519PrivateKey.generate()
    pem = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    read = public_jwk(pem)
    assert (read["kty"], read["crv"]) == ("OKP", "Ed25519")
    assert public_jwk(pem.replace("\n", " ")) == public_jwk(json.dumps(read)) == read
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in (private, json.dumps({**read, "d": "AA"}), "", "{", "[]", "-----BEGIN PUBLIC KEY"):
        assert public_jwk(text) == {}
    assert public_jwk('{"a":' * 100_000) == {}
