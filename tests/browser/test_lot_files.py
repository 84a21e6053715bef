"""A clerk brings lots in a file: looked through, given back, declared by one press."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from deploy.sandbox.world import cast
from services.kernel.clock import BEIJING
from services.platform.language import CHINESE
from services.portal import sheets
from services.portal.lot_rows import COLUMNS
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")

FILE = "/portal/lots/file"
GROUP = cast.GROUPS["DX-G001"]
RESIDENTS = [resident.number for resident in GROUP.mandated]
GOODS = next(goods for goods in vars(cast).values() if isinstance(goods, cast.Goods))
LOT = {
    "port": "东兴",
    "customs_office": "7208",
    "vehicle_plate": "桂P90210",
    "origin": "VN",
    "shipped_from": "VN",
    "seller": GOODS.seller.name,
    "seller_bank_bic": GOODS.seller.bank,
    "hs_code": GOODS.hs_code,
    "goods_name": GOODS.name,
    "lot_net_kg": "20",
    "gross_kg": "21",
    "pieces": "2",
    "lot_value": "30",
}


def rows_of(reference: str, *numbers: str, **changes: str) -> list[list[str]]:
    now = datetime.now(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    lot = {"reference": reference, "entered_at": now, **LOT, **changes}
    rows = [{**(lot if n == 0 else {}), "resident_no": no} for n, no in enumerate(numbers)]
    return [[row.get(name, "") for name in COLUMNS] for row in rows]


def brought(*lots: list[list[str]], encoding: str = "gb18030") -> FilePayload:
    text = StringIO(newline="")
    csv.writer(text).writerows([list(COLUMNS), *(row for lot in lots for row in lot)])
    return {"name": "lots.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode(encoding)}


async def bring(page: Page, file: FilePayload) -> None:
    await page.locator("[name=file]").set_input_files(file)
    await page.get_by_role("button", name="预检").click()


async def clerk(market: Market, page: Page) -> None:
    await market.signed_in(page, market.person("clerk", party="group:DX-G001"), FILE)


async def test_a_file_is_looked_through_given_back_mended_and_declared_once(
    the_market: Market, desk: Page
) -> None:
    await clerk(the_market, desk)
    good, wrong = (rows_of(f"FILE-{n}", *RESIDENTS[4 * n : 4 * n + 2]) for n in (1, 2))
    wrong[0][COLUMNS.index("seller")] = "=cmd|' /C calc'!A0"
    await bring(desk, brought(good, wrong))
    row = desk.locator("table.list").first.locator("tbody tr")
    await expect(row).to_contain_text(["4FILE-2"])
    assert await findings(desk) == []
    async with desk.expect_download() as coming:
        await desk.get_by_role("button", name="下载标有原因的文件").click()
    path = await (await coming.value).path()
    table = list(csv.reader(StringIO(path.read_bytes().decode("gb18030"))))
    assert [len(line) for line in table] == [22] * 5
    assert table[3][9].startswith("'=cmd")
    assert [bool(line[21]) for line in table[1:]] == [False, False, True, False]

    await desk.get_by_role("button", name="申报这 1 批").dblclick()
    declared = desk.get_by_role("link", name="FILE-1")
    await expect(declared).to_be_visible()
    await expect(row).to_contain_text(["2FILE-2"])
    # The same form again, as somebody sends it who saw no answer.
    await desk.reload()
    await expect(declared).to_be_visible()
    await desk.goto(the_market.at("/portal/lots?reference=FILE-1"))
    await expect(desk.locator("tbody tr")).to_have_count(1)

    table[3][9] = LOT["seller"]
    await desk.goto(the_market.at(FILE))
    mended = sheets.Sheet("xlsx", CHINESE, table[0], table[3:])
    file: FilePayload = {"name": "again.xlsx", "mimeType": "", "buffer": sheets.written(mended)}
    await bring(desk, file)
    await desk.get_by_role("button", name="申报这 1 批").click()
    await expect(desk.get_by_role("status").first).to_have_text("文件中的各批货物均已申报。")
    await desk.goto(the_market.at(FILE))
    await bring(desk, file)
    await expect(desk.get_by_role("button", name="申报这")).to_have_count(0)
    # What is declared already is no mistake, and nobody is told to declare it under another number.
    await expect(desk.locator("tr.late, .state.rejected")).to_have_count(0)
    assert [*await findings(desk), *await wider_than_the_screen(desk)] == []
    await desk.locator("section.card", has_text="已申报过").get_by_role("link").click()
    await expect(desk.locator("h1")).to_contain_text("FILE-2")


async def test_lots_of_a_file_are_judged_one_after_another(the_market: Market, desk: Page) -> None:
    """Each alone would be accepted; together they take more than a resident's day."""
    await clerk(the_market, desk)
    lots = [rows_of(f"DAY-{n}", RESIDENTS[20], lot_value="4000.01") for n in (1, 2)]
    await bring(desk, brought(*lots, encoding="utf-8"))
    await expect(desk.get_by_role("button", name="申报这 1 批")).to_be_visible()
    await expect(desk.locator("table.list").first.locator("tbody tr")).to_contain_text(["3DAY-2"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "请先选择文件"),
        (b"a,b\r\n1,2\r\n", "表头与模板不符"),
        (brought(rows_of("CUT", *RESIDENTS[:2]), encoding="utf-8")["buffer"] + b'"4', "中途断开"),
        (brought(rows_of("MANY", *RESIDENTS[:1]) * 20_000)["buffer"], "20,000 行"),
        (brought(rows_of("MANY", *RESIDENTS[:1]) * 20_000)["buffer"], "请至少分成 4 份"),
        (b"a,b\r\n" + b"1,2\r\n" * 200_000, "超过 100,000 行，每次最多 5,000 行"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧式工作簿"),
        (b"PK\x03\x04 a photo", "无法读取此工作簿"),
    ],
    ids=["empty", "heads", "cut", "many", "in-parts", "very-many", "xls", "zip"],
)
async def test_what_cannot_be_read_is_said_and_nothing_is_declared(
    the_market: Market, desk: Page, content: bytes, said: str
) -> None:
    await clerk(the_market, desk)
    await bring(desk, {"name": "lots.csv", "mimeType": "text/csv", "buffer": content})
    await expect(desk.get_by_role("alert")).to_contain_text(said)


@pytest.mark.parametrize("mib", [9, 100])
async def test_a_file_without_end_is_not_kept_and_it_is_said_how_to_part_it(
    the_market: Market, desk: Page, tmp_path: Path, mib: int
) -> None:
    await clerk(the_market, desk)
    large = tmp_path / "lots.csv"
    with large.open("wb") as file:
        for _ in range(mib):
            file.write(b"1,2\r\n" * (2**20 // 5 + 1))
    await desk.locator("[name=file]").set_input_files(large)
    async with desk.expect_response(lambda answer: answer.request.method == "POST") as answered:
        await desk.get_by_role("button", name="预检").click()
    assert (await answered.value).status == 413
    await expect(desk.locator("main")).to_contain_text("每次最多接收 5,000 行、8 MiB")
    await expect(desk.locator("main")).to_contain_text("每份都保留表头")


async def test_without_scripts_and_on_a_phone_it_is_the_same(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN", javascript=False)
    await clerk(the_market, page)
    await bring(
        page, brought(rows_of("PHONE-1", RESIDENTS[24], seller="<script>alert(1)</script>"))
    )
    await expect(page.locator("table.list").first).to_contain_text("PHONE-1")
    assert await wider_than_the_screen(page) == []


async def test_the_model_is_read_as_it_is(the_market: Market, visit: Visit) -> None:
    for language, kind in (("vi", "xlsx"), ("en", "csv"), ("zh-CN", "csv")):
        page = await visit.open(DESK, language)
        await clerk(the_market, page)
        async with page.expect_download() as coming:
            await page.locator(f"a[href$='/model/{kind}']").click()
        path = await (await coming.value).path()
        file: FilePayload = {"name": f"lots.{kind}", "mimeType": "", "buffer": path.read_bytes()}
        await page.locator("[name=file]").set_input_files(file)
        await page.locator("form[enctype] button.main").click()
        await expect(page.locator("table.list").first.locator("tbody tr").first).to_be_visible()
        assert await findings(page) == []
