"""A carrier's trucks: listed, declared by form, and their hours in both countries' time."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import DESK, PHONE, Visit
from tests.support.plates import own_plate

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


async def test_a_carrier_finds_neither_the_trucks_nor_the_manifests_of_another(
    the_market: Market, visit: Visit
) -> None:
    number, plate = f"M{uuid4().hex[:10]}", own_plate()
    own, other = [p for p in the_market.people() if p["role"] == "carrier"][:2]
    desk = await visit.open(DESK, "zh-CN", javascript=False)
    await the_market.signed_in(desk, own)
    entry = desk.locator("details", has_text="申报车辆入境")
    await entry.locator("summary").click()
    await entry.locator("[name='rows.0.port']").select_option("DONGXING")
    fields = {"domestic_plate": plate, "foreign_plate": "14C-86421", "tare_kg": "9000"}
    for name, text in {**fields, "rated_load_kg": "20000"}.items():
        await entry.locator(f"[name='rows.0.{name}']").fill(text)
    await entry.get_by_role("button").click()
    await expect(desk.locator("table.list")).to_contain_text(plate)
    lodging = desk.locator("form[method=post][action='/portal/manifests']")
    await desk.locator("details", has=lodging).locator("summary").click()
    await lodging.locator("[name=port]").select_option("DONGXING")
    for name, text in {"manifest_no": number, "vehicle_plate": plate, "total_kg": "500"}.items():
        await lodging.locator(f"[name={name}]").fill(text)
    await lodging.get_by_role("button").click()
    await desk.wait_for_url(f"**/portal/manifests/{number}?said=done")
    await expect(desk.locator(".facts")).to_contain_text(plate)

    await the_market.out(desk)
    await the_market.signed_in(desk, other)
    await expect(desk.locator("table.list tbody")).not_to_contain_text(plate)
    await desk.goto(the_market.at(f"/portal/trucks?plate={plate}"))
    await expect(desk.locator("main")).to_contain_text("没有以该车牌备案的车辆")
    for address in (f"/portal/manifests/{number}", f"/portal/manifests?no={number}"):
        answer = await desk.goto(the_market.at(address))
        assert answer is not None
        assert answer.status == 404
        await expect(desk.locator("main")).not_to_contain_text(plate)


@pytest.mark.parametrize(
    "number", ["NOBODYS-1", "9" * 300, "舱单"], ids=["none", "long", "no-code"]
)
async def test_a_number_that_no_manifest_has_is_answered_where_it_was_asked(
    the_market: Market, visit: Visit, number: str
) -> None:
    phone = await visit.open(PHONE, "en", javascript=False)
    await the_market.signed_in(phone, the_market.person("carrier"))
    form = phone.locator("form[action='/portal/manifests'][class=find]")
    await form.locator("[name=no]").fill(number)
    await form.get_by_role("button").tap()
    await expect(phone.locator(".nothing")).to_contain_text("No manifest that you may see")
    assert await wider_than_the_screen(phone) == []
    await phone.get_by_role("link", name="Trucks and manifests").last.tap()
    await phone.wait_for_url("**/portal/trucks")
