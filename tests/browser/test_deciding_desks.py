"""Desks where a second person decides: rules, the law, the registers; by mouse, and not by whoever
proposed it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.market import Market
from tests.browser.visit import DESK, Visit

pytestmark = pytest.mark.xdist_group("market")


def _second(market: Market, role: str) -> dict[str, Any]:
    return market.person(role, can="second_proposal")


def _first(market: Market, role: str) -> dict[str, Any]:
    return market.person(role, can="propose")


async def test_a_rule_is_seconded_by_another_risk_officer_than_who_proposed_it(
    the_market: Market, visit: Visit
) -> None:
    author = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(author, _first(the_market, "risk_officer"))
    await author.locator("main .cards a", has_text="MANY_SHARES").click()
    await expect(author.locator("main")).to_contain_text("此项由您提议，须由另一名关员决定。")
    await expect(author.get_by_role("button", name="批准")).to_have_count(0)
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, _second(the_market, "risk_officer"))
    await second.locator("main .cards a", has_text="MANY_SHARES").click()
    await expect(second.locator("main")).to_contain_text("ticket_count > 60")
    await second.get_by_role("button", name="批准").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator(".stands")).to_contain_text("已批准")
    await second.goto(the_market.at("/portal/"))
    await expect(second.locator("table.list")).to_contain_text("MANY_SHARES")


async def test_a_rule_is_read_in_the_readers_language_where_it_is_worded_in_it(
    the_market: Market, visit: Visit
) -> None:
    author = await visit.open(DESK, "en", javascript=False)
    person = _first(the_market, "risk_officer")
    await the_market.signed_in(author, person, "/portal/rules/new")
    typed = {
        "code": "TITLED_THRICE",
        "title": "Toys, as worded",
        "titles.zh-CN": "玩具：核对单证",
        "titles.vi": "x" * 121,
        "expression": "hs_code.startsWith('9503')",
        "example": "hs_code = 95030083",
        "authority": "sample",
        "effective_from": "2026-12-31",
    }
    for name, text in typed.items():
        await author.locator(f"[name='{name}']").fill(text)
    await author.locator("[name=lane][value=YELLOW]").check()
    await author.get_by_role("button", name="Propose").click()
    await expect(author.locator(".field.wrong [name='titles.vi']")).to_have_value("x" * 121)
    await author.locator("[name='titles.vi']").fill("Đồ chơi: đối chiếu chứng từ")
    await author.get_by_role("button", name="Propose").click()
    await expect(author.locator("h1")).to_contain_text("Toys, as worded")
    address = author.url.removeprefix(the_market.address).partition("?")[0]
    for language, title in (("zh-CN", "玩具：核对单证"), ("vi", "Đồ chơi: đối chiếu chứng từ")):
        reader = await visit.open(DESK, language)
        await the_market.signed_in(reader, person, address)
        await expect(reader.locator("h1")).to_contain_text(title)
    officer = await visit.open(DESK, "vi")
    inspector = the_market.person("officer", port="DONGXING")
    await the_market.signed_in(officer, inspector, "/portal/?list=all")
    await expect(officer.locator("tbody")).to_contain_text("Hải sản đông lạnh")


async def test_a_rules_page_names_the_lots_that_it_hit(the_market: Market, desk: Page) -> None:
    await the_market.signed_in(desk, _first(the_market, "risk_officer"))
    await desk.locator("table.list a", has_text="冻海产品").click()
    hits = desk.locator("section", has_text="近30天命中的批次").locator("tbody tr")
    await expect(hits.first).to_contain_text("FROZEN_SEAFOOD")
    await hits.first.locator("a").first.click()
    await expect(desk.locator("h1")).to_contain_text("批次")


async def test_an_order_says_who_could_be_drawn_and_how_that_is_checked(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(
        desk, the_market.person("officer", port="DONGXING"), "/portal/?list=all"
    )
    await desk.locator("tbody a[href^='/portal/orders/']").first.click()
    rounds = desk.locator("section", has_text="抽取与各轮查验")
    await rounds.locator("summary").first.click()
    await expect(rounds).to_contain_text("不可抽取：")
    await expect(rounds.locator("a[href^='/portal/draws']")).to_have_count(1)


async def test_a_control_is_set_by_one_risk_officer_and_lifted_by_another(
    the_market: Market, visit: Visit
) -> None:
    author = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(author, _first(the_market, "risk_officer"), "/portal/controls")
    await author.locator("[name=kind]").select_option("vehicle_plate")
    await author.locator("[name=value]").fill("桂P77777")
    await author.locator("[name=grounds]").fill("样本：上周过磅重量与申报不符")
    await author.locator("[name=effective_from]").fill("2026-01-01")
    await author.get_by_role("button", name="布控", exact=True).click()
    row = "tbody tr:has-text('77777')"
    await expect(author.locator(row)).to_contain_text("须由另一名关员解控")
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, _second(the_market, "risk_officer"), "/portal/controls")
    await second.locator(row).get_by_role("button", name="解控").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator(row)).to_have_count(0)


async def test_a_lot_that_is_inside_is_called_in_from_its_page(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(
        desk, _first(the_market, "risk_officer"), "/portal/lots?state=RELEASED"
    )
    await desk.locator("tbody a[href^='/portal/lots/']").first.click()
    await desk.locator("summary", has_text="要求查验该批次").click()
    await desk.locator("[name=grounds]").fill("样本：过磅重量与申报不符")
    await desk.get_by_role("button", name="要求查验", exact=True).click()
    await expect(desk.get_by_role("status").first).to_have_text("您的签字已记录。")


async def test_the_law_is_changed_by_two_policy_officers_and_not_by_one(
    the_market: Market, visit: Visit
) -> None:
    author = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(author, _first(the_market, "policy_officer"))
    await author.get_by_role("link", name="hushi.share_answer_min").first.click()
    await expect(author.locator(".figure")).to_have_text("180分钟")
    await expect(author.get_by_role("button", name="批准")).to_have_count(0)
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, _second(the_market, "policy_officer"))
    await second.get_by_role("link", name="hushi.share_answer_min").first.click()
    # What it takes the place of stands on the same page.
    await expect(second.locator("main")).to_contain_text("240")
    await second.get_by_role("button", name="批准").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator(".stands")).to_contain_text("已批准")
    # Until its first day it is taken back by two as well.
    await author.goto(second.url.partition("?")[0])
    await author.locator("summary", has_text="提议不予生效").click()
    await author.locator("[name=grounds]").fill("样本：文件已撤回")
    await author.get_by_role("button", name="提交提议").click()
    await expect(author.locator(".stands")).to_contain_text("待撤销")
    await second.goto(the_market.at("/portal/"))
    await second.locator("tbody tr", has_text="提议不予生效").locator("a").first.click()
    await second.get_by_role("button", name="撤销", exact=True).click()
    await expect(second.locator(".stands")).to_contain_text("不再生效")


async def test_a_proposal_that_is_refused_keeps_what_was_typed_and_two_are_two(
    the_market: Market, desk: Page
) -> None:
    await the_market.signed_in(
        desk, _first(the_market, "policy_officer"), "/portal/law/new?key=hushi.share_answer_min"
    )
    await desk.locator("[name=value]").fill('"three hours"')
    await desk.locator("[name=authority]").fill("样本文件")
    await desk.locator("[name=effective_from]").fill("2027-03-01")
    await desk.get_by_role("button", name="提交提议").click()
    await expect(desk.get_by_role("alert")).to_contain_text("未办理，没有任何改动。")
    await expect(desk.locator(".field.wrong [name=value]")).to_have_value('"three hours"')
    # Each proposal is an act of its own, though both are about one parameter.
    for minutes in ("200", "210"):
        await desk.goto(the_market.at("/portal/law/new?key=hushi.share_answer_min"))
        await desk.locator("[name=value]").fill(minutes)
        await desk.locator("[name=authority]").fill("样本文件")
        await desk.locator("[name=effective_from]").fill("2027-03-01")
        await desk.get_by_role("button", name="提交提议").click()
        await expect(desk.locator(".figure")).to_have_text(f"{minutes}分钟")
    proposal = desk.url.partition("?")[0]
    await the_market.out(desk)
    await the_market.signed_in(desk, _second(the_market, "policy_officer"))
    await desk.goto(proposal)
    await desk.locator("summary", has_text="否决").click()
    await desk.locator("[name=grounds]").fill("样本：时间过短")
    await desk.get_by_role("button", name="否决").click()
    await expect(desk.locator(".stands")).to_contain_text("已否决")
    await expect(desk.get_by_role("button", name="批准")).to_have_count(0)


async def test_a_registrar_decides_a_change_and_its_author_is_offered_to_take_it_back_alone(
    the_market: Market, visit: Visit
) -> None:
    first = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(first, _first(the_market, "registrar"))
    # What it says is read before it is signed: the list has no button.
    await expect(first.get_by_role("button", name="确认")).to_have_count(0)
    await first.get_by_role("link", name="S-VN-002").click()
    await expect(first.locator("tbody")).to_contain_text("970400000000077")
    await expect(first.locator("main")).to_contain_text("由另一人确认")
    await expect(first.get_by_role("button", name="否决")).to_have_count(1)
    await expect(first.get_by_role("button", name="确认")).to_have_count(0)
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, _second(the_market, "registrar"))
    await second.get_by_role("link", name="S-VN-002").click()
    await second.get_by_role("button", name="否决").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator("main")).to_contain_text("没有等待决定的变更。")
    await expect(second.locator("tbody tr", has_text="S-VN-002")).to_contain_text("已否决")


async def test_a_list_of_the_law_is_read_row_by_row_and_confirmed_by_another_registrar(
    the_market: Market, visit: Visit
) -> None:
    first = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(first, _first(the_market, "registrar"))
    await first.get_by_role("link", name="准入原产地").click()
    await expect(first.locator("tbody tr")).to_contain_text("LA")
    await expect(first.locator("main")).to_contain_text("由本机构另一人确认")
    await expect(first.get_by_role("button", name="否决")).to_have_count(1)
    await expect(first.get_by_role("button", name="确认")).to_have_count(0)
    second = await visit.open(DESK, "zh-CN")
    await the_market.signed_in(second, _second(the_market, "registrar"))
    await second.get_by_role("link", name="准入原产地").click()
    await second.get_by_role("button", name="确认").click()
    await expect(second.get_by_role("status").first).to_have_text("您的签字已记录。")
    await expect(second.locator("main")).to_contain_text("没有待决定的清单。")


async def test_an_order_says_what_each_rule_saw_and_what_was_drawn_and_a_clerk_learns_nothing(
    the_market: Market, visit: Visit
) -> None:
    officer = await visit.open(DESK, "zh-CN")
    person = the_market.person("officer", port="DONGXING")
    await the_market.signed_in(officer, person, "/portal/?list=all")
    row = officer.locator("tbody tr", has_text="冻海产品").first
    await row.locator("a").first.click()
    why = officer.locator("section", has=officer.get_by_role("heading", name="为何选中该批次"))
    await expect(why).to_contain_text("规则所见")
    await expect(why.locator("dl")).to_contain_text("商品编码")
    await expect(why).to_contain_text("随机抽取值")
    await why.locator("summary", has_text="规则条件").first.click()
    await expect(why.locator("details").first).to_contain_text("hs_code")
    lot = str(await officer.locator("dl a[href^='/portal/lots/']").first.get_attribute("href"))
    await officer.goto(the_market.at(lot))
    await expect(officer.locator("main")).to_contain_text("为何是这一通道")
    await expect(officer.locator("main")).to_contain_text("规则所见")
    clerk = await visit.open(DESK, "zh-CN")
    group = await officer.locator("dl", has_text="互助组").first.inner_text()
    clerks = [p for p in the_market.people() if p["role"] == "clerk"]
    whose = next(p for p in clerks if p["party"].partition(":")[2] in group)
    await the_market.signed_in(clerk, whose, lot)
    await expect(clerk.locator("h1")).to_contain_text("批次")
    for told in ("为何是这一通道", "规则所见", "随机抽取", "FROZEN_SEAFOOD"):
        await expect(clerk.locator("main")).not_to_contain_text(told)
