"""Signed papers by mouse: from a lot's page to the file, and from its code to whether it stands."""

from __future__ import annotations

import hashlib
import io

import pypdf
import pytest
from playwright.async_api import Page, expect

from services.platform import words
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import IN_EVERY_LANGUAGE, PHONE, Visit

pytestmark = pytest.mark.xdist_group("market")


async def _paper(page: Page, kind: str, language: str) -> tuple[str, bytes]:
    """A paper asked for by its button: its number, and what was fetched."""
    button = page.get_by_role("button", name=words.word(kind, "paper", language))
    async with page.expect_response(lambda answer: answer.url.endswith(".pdf")) as found:
        await button.first.click()
    answer = await (await found.value).request.response()
    assert answer is not None
    assert answer.status == 200
    fetched = await page.context.request.get(answer.url)
    assert fetched.headers["content-type"] == "application/pdf"
    return answer.url.rsplit("/", 1)[1].removesuffix(".pdf"), await fetched.body()


@IN_EVERY_LANGUAGE
async def test_a_lots_receipt_is_fetched_and_anybody_may_check_it(
    the_market: Market, visit: Visit, language: str
) -> None:
    page = await visit.open(PHONE, language)
    clerk = the_market.person("clerk")
    await the_market.signed_in(page, clerk, "/portal/lots?state=IDENTITY_OK")
    links = page.locator("main a[href^='/portal/lots/lot_']")
    # Others' tests go on: whatever is on its way has a receipt.
    for state in ("RELEASED", "GATE_OUT", "SETTLED", "CLOSED", "SUBMITTED"):
        if await links.count():
            break
        await page.goto(the_market.at(f"/portal/lots?state={state}"))
    await links.first.click()
    number, content = await _paper(page, "RECEIPT", language)
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert words.word("RECEIPT", "paper", language) in text
    assert "样本" in text
    # Whoever is shown it is signed in nowhere.
    anybody = await visit.open(PHONE, language)
    await anybody.goto(the_market.at(f"/portal/paper/{number}"))
    await expect(anybody.locator("main")).to_contain_text(
        words.word("VALID", "paper_standing", language)
    )
    await expect(anybody.locator("main")).to_contain_text(hashlib.sha256(content).hexdigest())
    assert clerk["name"] not in await anybody.locator("main").inner_text()
    # The file is compared where it is; one byte makes it another.
    changed = bytes([*content[:-1], content[-1] ^ 1])
    chosen = anybody.locator("[data-paper] input")
    for file, same in ((changed, "no"), (content, "yes")):
        await chosen.set_input_files(
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": file}
        )
        other = {"no": "yes", "yes": "no"}[same]
        await expect(anybody.locator(f"[data-same={same}]")).to_be_visible()
        await expect(anybody.locator(f"[data-same={other}]")).to_be_hidden()
        await expect(anybody.locator("[data-standing]")).to_be_visible(visible=same == "yes")
    assert [*await findings(anybody), *await wider_than_the_screen(anybody)] == []


async def test_a_number_that_nobody_has_is_unknown_and_may_be_typed_again(
    the_market: Market, visit: Visit
) -> None:
    page = await visit.open(PHONE, "zh-CN")
    await page.goto(the_market.at("/portal/paper"))
    await page.locator("[name=number]").fill("<script>alert(1)</script>")
    await page.get_by_role("button", name="查验").click()
    await expect(page.locator("main")).to_contain_text("查无此号")
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
