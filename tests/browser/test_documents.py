"""Photos and papers as people hand them in: by phone, twice, broken, too large, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.market import Market
from tests.browser.visit import DESK, PHONE, Visit
from tests.services.documents.pictures import SVG, jpeg, large_photo

pytestmark = pytest.mark.xdist_group("market")

PAPERS: Final = "#documents .papers li"
REFUSED: Final = "main .refusal"
NO_PICTURE: Final = "不是 JPEG、PNG、WebP 图片，也不是 PDF"


def file(content: bytes, name: str = "照片.jpg", kind: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


async def open_lot(market: Market, page: Page) -> None:
    """The page of a lot to which its clerk may add papers, whatever others have done since."""
    for clerk in [person for person in market.people() if person["role"] == "clerk"]:
        await market.signed_in(page, clerk, "/portal/lots")
        for state in ("IN_INSPECTION", "RELEASED", "SUBMITTED", "IDENTITY_OK", "GATE_OUT", "SOLD"):
            await page.goto(market.at(f"/portal/lots?state={state}"))
            lot = page.locator("main a[href^='/portal/lots/lot_']").first
            if await lot.count():
                await lot.click()
                await expect(page.locator("#documents")).to_be_visible()
                return
        await market.out(page)
    raise AssertionError("no clerk has a lot that goes on")


async def open_order(market: Market, page: Page) -> None:
    """The page of an order on which its officer is to record what was found."""
    for person in [p for p in market.people() if p["role"] == "officer"]:
        await market.signed_in(page, person, "/portal/?list=mine")
        orders = page.locator("main a[href^='/portal/orders/ins_']")
        for address in {await one.get_attribute("href") for one in await orders.all()}:
            await page.goto(market.at(str(address)))
            if await page.locator("form[action$='/findings']").count():
                return
        await market.out(page)
    raise AssertionError("no officer has an order to inspect")


async def test_an_officer_takes_a_photo_by_phone_and_takes_it_back(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN")
    await open_order(the_market, page)
    camera = page.locator("#documents input[type=file]")
    assert await camera.get_attribute("capture") == "environment"
    before = await page.locator(PAPERS).count()
    await camera.set_input_files(file(jpeg(1600, 1200)))
    await page.get_by_role("button", name="添加").dblclick()
    await expect(page.get_by_role("status").first).to_have_text("已添加。")
    await expect(page.locator(PAPERS)).to_have_count(before + 1)
    small = page.locator(f"{PAPERS} img").last
    await small.scroll_into_view_if_needed()
    await expect(small).to_have_js_property("complete", True)
    assert await small.evaluate("picture => picture.naturalWidth") == 320
    mine = page.locator(PAPERS).last
    await mine.get_by_text("撤回").first.click()
    await mine.locator("[name=grounds]").fill("拍糊了")
    await mine.get_by_role("button", name="撤回").click()
    await expect(page.locator(PAPERS).last).to_contain_text("已撤回")
    await expect(page.locator(PAPERS).last).to_contain_text("拍糊了")


async def test_a_photo_taken_while_findings_are_typed_leaves_them_as_they_stand(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN")
    await open_order(the_market, page)
    typing = page.locator("form[action$='/findings']")

    async def typed_stands() -> None:
        await expect(typing.locator("[name=found_kg]")).to_have_value("2950.5")
        await expect(typing.locator("[name=remark]")).to_have_value("两箱受潮")
        await expect(typing.locator("[name=results][value=QUANTITY]")).to_be_checked()
        await expect(typing.locator("[name=disposal][value=AMEND]")).to_be_checked()

    await typing.locator("[name=found_kg]").fill("2950.5")
    await typing.locator("[name=remark]").fill("两箱受潮")
    await typing.locator("[name=results][value=QUANTITY]").check()
    await typing.locator("[name=disposal][value=AMEND]").check()
    before = await page.locator(PAPERS).count()
    camera = page.locator("#documents input[type=file]")
    for content, kept in ((SVG, 0), (jpeg(40, 30), 1), (jpeg(30, 40), 2)):
        await camera.set_input_files(file(content))
        await page.get_by_role("button", name="添加").click()
        await expect(page.locator(PAPERS)).to_have_count(before + kept)
        await expect(page.locator("#documents .said" if kept else REFUSED)).to_be_visible()
        await typed_stands()
    await page.locator(PAPERS).last.get_by_text("撤回").first.click()
    await page.locator(PAPERS).last.locator("[name=grounds]").fill("拍糊了")
    await page.locator(PAPERS).last.get_by_role("button", name="撤回").click()
    await expect(page.locator(PAPERS).last).to_contain_text("已撤回")
    await typed_stands()
    # No answer: what was chosen and typed is still there to be sent again.
    await page.route("**/documents", lambda route: route.abort())
    await camera.set_input_files(file(jpeg(20, 20)))
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(REFUSED)).to_contain_text("没有收到答复")
    await page.unroute("**/documents")
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(PAPERS)).to_have_count(before + 3)
    await typed_stands()
    # And it is still about the order as it stands.
    version = await typing.locator("[name=version]").get_attribute("value")
    await page.reload()
    await expect(typing.locator("[name=version]")).to_have_attribute("value", str(version))


async def test_without_scripts_it_is_said_to_add_photos_first(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN", javascript=False)
    await open_order(the_market, page)
    papers, typing = page.locator("#documents"), page.locator("form[action$='/findings']")
    assert "请先添加单证和照片" in str(await papers.locator("noscript").text_content())
    above, below = await papers.bounding_box(), await typing.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"PK\x03\x04" + bytes(500), NO_PICTURE, id="a zip called .jpg"),
        pytest.param(SVG, NO_PICTURE, id="an SVG with a script"),
        pytest.param(jpeg(900, 700)[:2000], "文件不完整或已损坏", id="a photo that broke off"),
    ],
)
async def test_what_cannot_be_taken_is_said_on_the_same_page(
    the_market: Market, visit: Visit, content: bytes, said: str
) -> None:
    page = await visit.open(DESK, "zh-CN")
    await open_lot(the_market, page)
    before = await page.locator(PAPERS).count()
    await page.locator("#documents [name=kind]").select_option("ORIGIN")
    await page.locator("#documents input[type=file]").set_input_files(file(content))
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(REFUSED)).to_contain_text(said)
    await expect(page.locator(PAPERS)).to_have_count(before)
    await expect(page.locator("#documents [name=kind]")).to_have_value("ORIGIN")
    # The same form, with what was meant.
    await page.locator("#documents input[type=file]").set_input_files(file(jpeg(30, 20)))
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(PAPERS)).to_have_count(before + 1)


async def test_a_photo_of_twenty_megabytes_is_taken_and_one_of_forty_refused_in_a_sentence(
    the_market: Market, visit: Visit, tmp_path: Path
) -> None:
    page = await visit.open(DESK, "zh-CN")
    await open_lot(the_market, page)
    before = await page.locator(PAPERS).count()
    chosen = page.locator("#documents input[type=file]")
    await expect(page.locator("#documents")).to_contain_text("每个文件最大 25 MiB。")
    for megabytes in (20, 28, 40):
        (tmp_path / f"{megabytes}.jpg").write_bytes(large_photo(megabytes))
    await chosen.set_input_files(tmp_path / "20.jpg")
    await page.get_by_role("button", name="添加").click()
    await expect(page.get_by_role("status").first).to_have_text("已添加。", timeout=60_000)
    await expect(page.locator(PAPERS)).to_have_count(before + 1)
    await chosen.set_input_files(tmp_path / "28.jpg")
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(REFUSED)).to_contain_text("单证最大 25 MiB", timeout=60_000)
    await chosen.set_input_files(tmp_path / "40.jpg")
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(REFUSED)).to_contain_text("文件过大", timeout=60_000)
    # What the interface takes, not what the screens would carry.
    await expect(page.locator(REFUSED)).to_contain_text("25 MiB")


async def test_without_scripts_a_paper_is_handed_in_and_saved(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(DESK, "zh-CN", javascript=False)
    await open_lot(the_market, page)
    await page.locator("#documents [name=kind]").select_option("TRANSPORT")
    paper = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n"
    await page.locator("#documents input[type=file]").set_input_files(
        file(paper, "运单.pdf", "application/pdf")
    )
    await page.get_by_role("button", name="添加").click()
    await expect(page.get_by_role("status").first).to_have_text("已添加。")
    async with page.expect_download() as saved:
        await page.locator(f"{PAPERS} a", has_text="运输单据").last.click()
    download = await saved.value
    assert download.suggested_filename.startswith("doc_")
    assert (await download.path()).read_bytes() == paper
