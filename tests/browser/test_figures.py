"""Figures that people look at: the leaders' board and its file, a bank's price of the day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import expect
from python_calamine import CalamineWorkbook

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


@IN_EVERY_LANGUAGE
async def test_an_auditor_sees_charts_with_their_table_and_takes_it_as_a_file(
    the_market: Market, visit: Visit, language: str, tmp_path: Path
) -> None:
    page = await visit.open(DESK, language)
    await the_market.signed_in(page, the_market.person("auditor"), "/portal/figures")
    # Of the sample's few minutes there are bars of lots, and of the days before there are none.
    await expect(page.locator("figure.chart").nth(1).locator("rect.bar").first).to_be_visible()
    said = await page.locator("table.figures th[scope=col]").all_inner_texts()
    heads = [" ".join(head.split()) for head in said]
    newest = page.locator("table.figures tbody tr").first
    declared = await newest.locator("td").first.inner_text()
    async with page.expect_download() as waiting:
        await page.locator("a[href^='/portal/figures.xlsx']").click()
    kept = tmp_path / "figures.xlsx"
    await (await waiting.value).save_as(kept)
    rows = CalamineWorkbook.from_path(str(kept)).get_sheet_by_index(0).to_python()
    assert rows[0] == heads
    assert len(rows) == 1 + 14
    assert all(isinstance(row[0], date) for row in rows[1:])
    assert int(float(str(rows[-1][1]))) == int(declared)
    assert await findings(page) == []
    assert await wider_than_the_screen(page) == []


async def test_a_leader_signs_in_to_the_figures_and_comes_to_no_case(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(page, the_market.person("leader"))
    await expect(page.locator("h1")).to_have_text("每日统计")
    await expect(page.locator("figure.chart")).to_have_count(7)
    await expect(page.locator("nav a[href^='/portal/']")).to_have_count(2)
    async with page.expect_download() as waiting:
        await page.locator("a[href^='/portal/figures.xlsx']").click()
    assert (await waiting.value).suggested_filename == "figures.xlsx"
    for path in ("/portal/lots", "/portal/certificates", "/portal/rules", "/portal/work"):
        answer = await page.goto(the_market.at(path))
        assert answer is not None
        assert answer.status == 403, path
        await expect(page.locator("main table")).to_have_count(0)


async def test_what_is_no_period_is_said_beside_its_field(the_market: Market, visit: Visit) -> None:
    page = await visit.open(PHONE, "en")
    await the_market.signed_in(page, the_market.person("auditor"))
    await page.goto(the_market.at("/portal/figures?days=99"))
    await expect(page.locator(".field.wrong [name=days]")).to_have_value("99")
    assert await findings(page) == []


async def test_a_bank_sees_the_price_of_the_day_and_who_is_in_it(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "en")
    await the_market.signed_in(page, the_market.person("bank"))
    market = page.locator("section.card", has_text="CNY/VND").first
    await expect(market.locator("figure.chart polyline").first).to_be_attached()
    await expect(market).to_contain_text("in the price")
    await market.locator("summary").first.click()
    await expect(market.locator("details tbody tr").first).to_be_visible()
    assert await findings(page) == []


@pytest.mark.parametrize("days", ["7", "31"])
async def test_days_of_which_there_is_nothing_to_draw_are_a_page_that_says_so(
    the_market: Market, visit: Visit, days: str
) -> None:
    page = await visit.open(DESK, "en")
    await the_market.signed_in(page, the_market.person("auditor"))
    await page.goto(the_market.at(f"/portal/figures?port=NOWHERE&days={days}"))
    await expect(page.locator("figure.chart").first).to_contain_text("Nothing of that")
    assert await findings(page) == []
