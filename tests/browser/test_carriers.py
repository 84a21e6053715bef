"""A carrier's trucks: listed, declared by form, and their hours in both countries' time."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")
BOTH = re.compile(r"(\d\d):(\d\d)\s\(Hà\sNội\s(?:\S+\s)?(\d\d):(\d\d)\)")


async def test_a_carrier_declares_a_trucks_entry_and_finds_it_in_the_list(
    the_market: Market, visit: Visit
) -> None:
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(desk, the_market.person("carrier"))
    before = await desk.locator("table.list tbody tr").count()
    assert before, "the sample's trucks are there"
    form = desk.locator("details", has_text="申报车辆入境")
    await form.locator("summary").click()
    fields = {"domestic_plate": "桂P86420", "foreign_plate": "14C-86420", "tare_kg": "9000"}
    for name, text in fields.items():
        await form.locator(f"[name='rows.0.{name}']").fill(text)
    await form.locator("[name='rows.0.rated_load_kg']").fill("much")
    await form.get_by_role("button").click()
    await expect(desk.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(form.locator(".field.wrong [name='rows.0.rated_load_kg']")).to_have_value("much")
    await form.locator("[name='rows.0.rated_load_kg']").fill("20000")
    await form.get_by_role("button").click()
    await expect(desk.get_by_role("status").first).to_be_visible()
    await expect(desk.locator("table.list tbody tr")).to_have_count(before + 1)
    await expect(desk.locator("table.list")).to_contain_text("桂P86420")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=lambda device: device.name)
async def test_vietnamese_readers_see_hanoi_time_beside_beijing_time(
    the_market: Market, visit: Visit, device: object
) -> None:
    page = await visit.open(PHONE if device is PHONE else DESK, "vi")
    await the_market.signed_in(page, the_market.person("carrier"))
    said = await page.locator("table.list tbody tr").first.inner_text()
    times = BOTH.findall(said)
    assert times, said
    for hour, minute, hanoi, hanois_minute in times:
        assert ((int(hour) - 1) % 24, minute) == (int(hanoi), hanois_minute)
    await page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
