"""Whatever is typed into whichever field of a screen is text: refused or kept, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.async_api import Page

from tests.browser.market import Market, market
from tests.browser.test_every_page import PAGES, first_link
from tests.browser.visit import DESK, LANGUAGES, Visit

pytestmark = pytest.mark.xdist_group("nasty texts")

NASTY: Final = (
    "<script>document.title='run'</script>",
    '"><img src=nasty onerror="document.title=1">',
    "'; DROP TABLE lots; --",
    "{{ 7*7 }}${7*7}#{7*7}",
    "=cmd|' /C calc'!A0",
    "</textarea></select><svg/onload=document.title=1>",
    "\N{RIGHT-TO-LEFT OVERRIDE}txet\N{ZERO WIDTH SPACE}\N{PILE OF POO}",
    "9" * 5000,
    "1e999999",
    '{"a":' * 1500,
)
_FILL_AND_SEND: Final = """
(form, texts) => {
  let filled = 0;
  for (const field of form.elements) {
    const type = field.type;
    if (type === "text" || type === "search" || type === "textarea" || field.inputMode)
      field.value = texts[filled++ % texts.length];
    else if (type === "datetime-local") field.value = "2026-11-26T10:00";
    else if (type === "date") field.value = "2026-11-26";
    else if (type === "radio" && !field.form[field.name].value) field.checked = true;
  }
  if (filled === 0) return 0;
  form.noValidate = true;
  (form.querySelector("button:not([data-touch])") || form).click?.();
  return filled;
}
"""
_INJECTED: Final = "img[src=nasty], main script:not([src]), svg[onload]"


@pytest.fixture(scope="module")
def its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """What is typed here is kept where it is allowed: no other test reads this market."""
    with market(tmp_path_factory.mktemp("nasty")) as living:
        yield living


async def _sent(its_own: Market, page: Page, path: str) -> int:
    """Every form of a page that takes a text, sent with texts that are none; how many fields."""
    await page.goto(its_own.at(path))
    fields = 0
    for place in range(await page.locator("main form").count()):
        await page.goto(its_own.at(path))
        forms = page.locator("main form")
        if place >= await forms.count():
            break
        texts = [*NASTY[place % len(NASTY) :], *NASTY[: place % len(NASTY)]]
        fields += await forms.nth(place).evaluate(_FILL_AND_SEND, texts)
        await page.wait_for_load_state()
        await page.locator("h1").first.wait_for()
    return fields


@pytest.mark.proof(keep=4)
@pytest.mark.parametrize("role", PAGES)
async def test_a_text_that_would_be_more_stays_a_text(
    its_own: Market, visit: Visit, role: str
) -> None:
    """Sent by a browser without scripts, then read again by one that runs them."""
    language = LANGUAGES[list(PAGES).index(role) % len(LANGUAGES)]
    person = its_own.person(role)
    sending = await visit.open(DESK, language, javascript=False)
    reading = await visit.open(DESK, language)
    await its_own.signed_in(sending, person)
    await its_own.signed_in(reading, person)
    fields, links = 0, list[str]()
    for wanted in PAGES[role]:
        path = wanted if wanted.startswith("/") else first_link(links, wanted)
        if path is None:
            continue
        fields += await _sent(its_own, sending, path)
        await reading.goto(its_own.at(path))
        assert await reading.locator(_INJECTED).count() == 0, path
        assert await reading.title() not in ("run", "1"), path
        links += await reading.locator("main a[href^='/portal/']").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
    assert fields > 0
