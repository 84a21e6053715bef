"""Every page, at both widths, in three languages: usable by everybody, and said in the language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page
from starlette.routing import Match, Route

from services.portal import application
from tests.browser.market import Market
from tests.browser.use import (
    codes_for_words,
    covered,
    findings,
    spaced,
    squeezed,
    wider_than_the_screen,
)
from tests.browser.visit import DESK, LANGUAGES, PHONE, Device, Visit

pytestmark = pytest.mark.xdist_group("market")

PAGES: Final = {
    "resident": (
        *("/portal/", "/portal/declare", "/portal/lots", "/portal/me", "shares", "lots"),
        *("/portal/me/phones", "/portal/notices", "/portal/notices/choices"),
    ),
    "officer": (
        *(
            "/portal/?list=all",
            "/portal/work",
            "/portal/roster",
            "/portal/lots",
            "/portal/find?q=SAMPLE-0014",
            "/portal/books",
            "/portal/notices",
            "/portal/notices/choices",
        ),
        *("orders", "lots", "books", "/portal/certificates", "certificates"),
        *("/portal/draws", "draws", "/portal/credit-levels", "/portal/credit-levels?list=all"),
    ),
    "clerk": (
        *("/portal/lots?state=RELEASED", "lots", "lots/{}/sale", "/portal/", "/portal/lots"),
        *("/portal/lots/new", "/portal/lots/file", "/portal/payments", "payments"),
    ),
    "bank": ("/portal/", "/portal/work", "/portal/ledger", "payments", "/portal/absences"),
    "bank_compliance": ("/portal/", "/portal/held", "payments", "/portal/screening", "screening"),
    "enterprise": (
        *("/portal/", "/portal/factory-orders", "/portal/books", "books", "purchases"),
        *("/portal/certificates", "certificates", "cases"),
        *("books/{}/corrections", "books/{}/reports"),
    ),
    "gate": ("/portal/", "/portal/lots"),
    "risk_officer": (
        *("/portal/", "/portal/work", "/portal/rules", "/portal/rules/new"),
        *("/portal/controls", "rules"),
        *("/portal/lots", "lots", "/portal/draws"),
    ),
    "policy_officer": (
        *("/portal/", "/portal/work", "/portal/law?on=2026-01-05", "law"),
        "/portal/law/new?key=hushi.share_answer_min",
    ),
    "registrar": (
        *(
            "/portal/",
            "/portal/work",
            "/portal/changes",
            "changes/law",
            "changes",
            "/portal/name-reports",
            "name-reports",
            "/portal/registers",
            "/portal/registers/groups/DX-G001",
        ),
        *("/portal/registers?kind=officers", "registers/officers"),
        *("/portal/registers?kind=sellers", "/portal/registers/banks/ABOCCNBJ"),
        *("/portal/registers/residents", "/portal/phones"),
        *("/portal/filings", "/portal/filings/residents"),
    ),
    "carrier": (
        *("/portal/", "/portal/trucks?plate=NOBODY", "/portal/lots"),
        *("/portal/manifests?no=NOBODY", "/portal/manifests/SAMPLE00008"),
    ),
    "leader": ("/portal/", "/portal/figures?days=7"),
    "auditor": (
        "/portal/",
        "/portal/work",
        "/portal/lots",
        "/portal/board",
        "/portal/figures",
        "/portal/screening",
        "/portal/paper",
        "/portal/no-such-page",
    ),
}
"""Pages by role; what does not begin with a stroke is the first link of that kind found on the ones
before, where there is one."""
OF_THEIR_OWN: Final = {
    "/portal/answers/{answer_id}": "test_bank_by_hand",
    "/portal/absences/{absence_id}": "test_bank_by_hand",
    "/portal/bank-keys/{key_id}": "test_where_desks_lead",
    "/portal/credit-levels/{credit_id}": "test_credit_levels",
    "/portal/paper/{number}": "test_papers",
    "/portal/phones/{passkey_id}": "test_one_touch",
}
"""Pages to which no link leads that stands always: the tests that come there look at them."""
NO_PAGE: Final = re.compile(
    r"/(live|unread|touch|small|signed|\{document_id\}|\{suffix\})$|\.(xlsx|pdf)$"
)
"""What is read or downloaded by a page."""
OF_CODES: Final = ("/portal/law", "/portal/rules", "/portal/changes/law")
"""Where codes are what one reads and writes: parameters and rules."""
OTHER_TONGUE: Final = {
    "zh-CN": r"(?<![A-Za-z])(the|and|of|your|nothing|waits?)(?![A-Za-z])",
    "vi": r"(?<![A-Za-z])(the|and|of|your|nothing|waits?)(?![A-Za-z])",
}
"""Words by which an English sentence gives itself away in a page of another language."""


async def looked_at(market: Market, page: Page, role: str) -> dict[str, list[str]]:
    """What is wrong with each page of a role."""
    wrong: dict[str, list[str]] = {}
    links: list[str] = []
    for wanted in PAGES[role]:
        path = wanted if wanted.startswith("/") else first_link(links, wanted)
        if path is None:
            continue
        await page.goto(market.at(path))
        found = [
            *await findings(page),
            *await wider_than_the_screen(page),
            *await squeezed(page),
            *await spaced(page),
            *await covered(page),
        ]
        if not path.startswith(OF_CODES):
            found += await codes_for_words(page)
        if found:
            wrong[path] = found
        hrefs = await page.locator("main a[href^='/portal/']").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        links += hrefs
    return wrong


def first_link(links: list[str], kind: str) -> str | None:
    whole = kind if "{}" in kind else f"{kind}/{{}}"
    pattern = re.compile(f"/portal/{whole.replace('{}', '[a-z]+_[0-9a-f]+')}")
    return next((link for link in links if pattern.fullmatch(link)), None)


def of_a_path(path: str) -> str:
    """The page of the routes that an address of ``PAGES`` asks for."""
    if not path.startswith("/"):
        path = f"/portal/{path if '{}' in path else path + '/{}'}".replace("{}", "one")
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0]}
    return next((r.path for r in READ if r.matches(scope)[0] is Match.FULL), path)


READ: Final = [
    route
    for route in application.PAGES
    if isinstance(route, Route)
    and "GET" in (route.methods or ())
    and not NO_PAGE.search(route.path)
]


def test_every_page_that_is_read_is_looked_at() -> None:
    here = Path(__file__).parent
    for module in OF_THEIR_OWN.values():
        assert "findings(" in (here / f"{module}.py").read_text()
    looked = {of_a_path(path) for pages in PAGES.values() for path in pages}
    assert {route.path for route in READ} - looked == {*OF_THEIR_OWN}


@pytest.mark.proof(keep=6)
@pytest.mark.parametrize("device", [PHONE, DESK], ids=lambda device: device.name)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", PAGES)
async def test_a_page_can_be_used_by_everybody_and_fits_its_screen(
    the_market: Market, visit: Visit, role: str, language: str, device: Device
) -> None:
    page = await visit.open(device, language)
    await the_market.signed_in(page, the_market.person(role))
    assert await looked_at(the_market, page, role) == {}


@pytest.mark.proof(keep=1)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_say_everything_in_their_readers_language(
    the_market: Market, visit: Visit, language: str
) -> None:
    for role in (
        *("resident", "officer", "enterprise", "bank"),
        *("risk_officer", "policy_officer", "registrar", "carrier"),
    ):
        page = await visit.open(DESK, language)
        await the_market.signed_in(page, the_market.person(role))
        assert await page.locator("html").get_attribute("lang") == language
        if (pattern := OTHER_TONGUE.get(language)) is not None:
            # What was declared is shown as it was declared; what the page says itself is judged.
            own = page.locator("h1, h2, th, label, legend, button, nav, small, .nothing")
            text = "\n".join(await own.all_inner_texts())
            assert re.findall(pattern, text) == [], text


@pytest.mark.parametrize("role", ["resident", "officer"])
async def test_at_200_percent_nothing_is_cut(the_market: Market, visit: Visit, role: str) -> None:
    page = await visit.open(DESK, "vi", zoom=2.0)
    await the_market.signed_in(page, the_market.person(role))
    assert await wider_than_the_screen(page) == []


async def test_a_case_that_belongs_together_with_ones_own_opens(
    the_market: Market, visit: Visit
) -> None:
    # His group had the lot paid: where the payment stands he may know, and not what is in it.
    page = await visit.open(PHONE, "en")
    await the_market.signed_in(page, the_market.person("resident", can="income"), "/portal/lots")
    await page.locator("tbody tr", has_text="closed").locator("a").first.click()
    await page.locator("a[href^='/portal/payments/']").first.click()
    await page.wait_for_url("**/portal/cases/stl_*")
    assert "Settlement instruction" in await page.locator("h1").inner_text()
