"""What an officer found, typed on a phone: counted, weighed, of other goods; and what is wrong."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.market import Market
from tests.browser.test_documents import open_order
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")

DECLARED: Final = re.compile(r"(?P<kg>[0-9,.]+)\s*\S+ · (?P<pieces>[0-9,]+)")


async def sent(page: Page, form: Locator) -> None:
    await form.get_by_role("button", name="签署").click()
    await expect(page.locator("main .refusal")).to_be_visible()


async def test_a_count_of_the_goods_is_a_difference_as_their_weight_is(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN")
    await open_order(the_market, page)
    declared = DECLARED.search(await page.locator("main").inner_text())
    assert declared is not None
    kg, pieces = (declared[name].replace(",", "") for name in ("kg", "pieces"))
    form = page.locator("form[action$='/findings']")
    await form.locator("[name=method][value=FULL]").check()
    await form.locator("[name=results][value=QUANTITY]").check()
    # Goods of another quantity are never released as declared: nothing here is kept.
    await form.locator("[name=disposal][value=RELEASE]").check()
    await form.locator("[name=found_kg]").fill(kg)
    await form.locator("[name='pieces.0']").fill(pieces)
    await sent(page, form)
    weight = form.locator(".field", has=page.locator("[name=found_kg]"))
    await expect(weight.locator(".mistake")).to_contain_text("或去掉“数量不符”")
    # One piece more is what differs; what is left is what becomes of the goods.
    await form.locator("[name='pieces.0']").fill(str(int(pieces) + 1))
    await sent(page, form)
    await expect(weight.locator(".mistake")).to_have_count(0)
    await expect(form.locator(".mistake")).to_have_count(1)
    # Other goods are stated whole.
    await form.locator("summary").click()
    await form.locator("[name='goods_name.1']").fill("香烟")
    await form.locator("[name='pieces.2']").fill("两箱")
    await sent(page, form)
    await expect(form.locator("[name='goods_name.1']")).to_be_visible()
    await expect(form.locator("[name='goods_name.1']")).to_have_value("香烟")
    wrong = await form.locator(".mistake").all_inner_texts()
    assert len(wrong) > 1
    assert [one for one in wrong if re.search("[A-Z]+_[A-Z]+|found_kg|items", one)] == []
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
