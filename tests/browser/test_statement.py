"""A bank's statement of a day: what opened and what was booked come to what closed."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from io import BytesIO

import pytest
from playwright.async_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.market import Market

pytestmark = pytest.mark.xdist_group("market")


async def test_what_opened_and_what_was_booked_come_to_what_closed(
    the_market: Market, desk: Page
) -> None:
    bank = the_market.person("bank", can="answer_payment")
    await the_market.signed_in(desk, bank, "/portal/ledger")
    accounts = desk.locator("table.list").first.locator("tbody tr")
    await expect(accounts.first).to_be_visible()
    async with desk.expect_download() as fetched:
        await desk.get_by_role("link", name="下载表格（XLSX）").click()
    file = await (await fetched.value).path()
    book = CalamineWorkbook.from_filelike(BytesIO(file.read_bytes()))
    _, *rows = ([str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python())
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    legs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for at, kind, _, account, layer, amount, currency in rows:
        sign = -1 if kind == "期末余额" else 1
        sums[account, layer, currency] += sign * Decimal(amount)
        if at:
            legs[layer, currency] += Decimal(amount)
    own = {key: left for key, left in sums.items() if bank["party"].partition(":")[2] in key[0]}
    assert own
    assert {layer for _, layer, _ in sums} == {"已冻结", "已入账"}
    assert {account.split()[0] for account, _, _ in own} <= {"银行汇兑头寸", "银行价差收入"}
    assert set(own.values()) == {Decimal(0)}
    assert set(legs.values()) == {Decimal(0)}


async def test_a_day_that_is_none_is_said_beside_its_field(the_market: Market, desk: Page) -> None:
    bank = the_market.person("bank", can="answer_payment")
    await the_market.signed_in(desk, bank)
    await desk.goto(the_market.at("/portal/ledger?day=2026-02-30"))
    await expect(desk.locator(".mistake").first).to_be_visible()
