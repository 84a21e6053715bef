"""What has the focus is seen: the main act, which stays on the screen, lies over no field."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import services.portal
from tests.browser.market import Market
from tests.browser.use import covered
from tests.browser.visit import PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")

KEYBOARD: Final = Device("phone with its keyboard open", 390, 400, touch=True, scale=2.0)
WITH_A_BAR: Final = {
    "today.html": ("resident", "/portal/"),
    "declare.html": ("resident", "/portal/declare"),
    "share.html": ("resident", "a[href^='/portal/shares/']"),
    "new_lot.html": ("clerk", "/portal/lots/new"),
}
"""Where a main act stays within the thumb's reach, by template; a link is followed from home."""


def test_every_page_whose_main_act_stays_on_the_screen_is_looked_at() -> None:
    templates = Path(services.portal.__file__).with_name("templates").glob("*.html")
    assert {one.name for one in templates if 'class="thumb' in one.read_text()} == {*WITH_A_BAR}


@pytest.mark.parametrize("device", [PHONE, KEYBOARD], ids=lambda device: device.name)
async def test_no_field_that_has_the_focus_lies_under_the_main_act(
    the_market: Market, visit: Visit, device: Device
) -> None:
    page, here, wrong = await visit.open(device, "vi"), "", {}
    for template, (role, where) in WITH_A_BAR.items():
        if role != here:
            await the_market.out(page)
            await the_market.signed_in(page, the_market.person(role))
            here = role
        await page.goto(the_market.at("/portal/" if where.startswith("a[") else where))
        if where.startswith("a["):
            await page.locator(where).first.click()
        await page.locator(".thumb").last.wait_for(state="attached")
        # Every screen of a long form, as it stands where there are no scripts.
        await page.locator("fieldset").evaluate_all("all => all.forEach(one => one.hidden = false)")
        wrong[template] = await covered(page)
    assert wrong == {template: [] for template in WITH_A_BAR}


async def test_where_the_keyboard_is_open_the_main_act_leaves_the_room_to_the_fields(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(KEYBOARD, "zh-CN")
    await the_market.signed_in(page, the_market.person("resident"), "/portal/declare")
    bar = page.locator("[data-turn]")
    assert await bar.evaluate("bar => getComputedStyle(bar).position") == "static"
    await page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    assert await bar.evaluate("bar => getComputedStyle(bar).position") == "sticky"
