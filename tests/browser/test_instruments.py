"""The instruments of the browser tests find what they are for, on pages made to have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page

from tests.browser.passkey import authenticator
from tests.browser.pictures import take
from tests.browser.samples import ELSEWHERE, samples
from tests.browser.use import findings, tab_to, wider_than_the_screen
from tests.browser.visit import DESK, IN_EVERY_LANGUAGE, PHONE, Faults, Visit, visiting
from tests.support.served import served

_DRAWN: Final = """letters => {
  const drawn = letter => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 96;
    const pen = canvas.getContext('2d');
    pen.font = '64px sans-serif';
    pen.fillText(letter, 8, 72);
    return canvas.toDataURL();
  };
  return letters.map(drawn);
}"""
NO_LETTER: Final = "\U0010fffd"
"""Of no script: what is drawn for it is the box."""


@pytest.fixture(scope="module")
async def home() -> AsyncIterator[str]:
    async with served(samples()) as port:
        yield f"http://localhost:{port}"


async def drawn(page: Page, letters: str) -> list[str]:
    pictures: list[str] = await page.evaluate(_DRAWN, list(letters))
    return pictures


async def families(page: Page, place: str) -> set[str]:
    """The fonts that a place of the page is really drawn with."""
    session = await page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        await session.send(f"{domain}.enable")
    document = await session.send("DOM.getDocument")
    node = await session.send(
        "DOM.querySelector", {"nodeId": document["root"]["nodeId"], "selector": place}
    )
    found = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
    return {font["familyName"] for font in found["fonts"]}


@IN_EVERY_LANGUAGE
async def test_what_people_here_read_is_drawn_and_no_box(phone: Page, home: str) -> None:
    await phone.goto(home)
    letters = "桂边民互市吉𠮷，。「」" + "ĐđƠơƯưẮặẪữỹỗ" + "₫¥℃"
    box, unassigned = await drawn(phone, NO_LETTER + "\u0378")
    assert box == unassigned
    pictures = await drawn(phone, letters)
    boxes = [letter for letter, picture in zip(letters, pictures, strict=True) if picture == box]
    assert not boxes
    assert len(set(pictures)) == len(letters)
    assert await families(phone, "#text") == {"Noto Sans CJK SC"}


@IN_EVERY_LANGUAGE
async def test_a_page_that_is_right_has_no_fault(
    phone: Page, desk: Page, home: str, language: str
) -> None:
    for page in (phone, desk):
        await page.goto(home)
        assert await page.evaluate("document.body.dataset.script") == "ran"
        assert await page.locator("html").get_attribute("lang") == language
        assert await findings(page) == []
        assert await wider_than_the_screen(page) == []


async def test_a_phone_is_a_phone_and_a_desk_a_desk(phone: Page, desk: Page, home: str) -> None:
    seen = "[innerWidth, innerHeight, devicePixelRatio, navigator.maxTouchPoints > 0]"
    await phone.goto(home)
    await desk.goto(home)
    assert await phone.evaluate(seen) == [390, 844, 2, True]
    assert await desk.evaluate(seen) == [1440, 900, 1, False]


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("handler", r"policy forbids inline \(script-src-attr\)"),
        ("inline", r"policy forbids inline \(script-src-elem\)"),
        ("styled", r"policy forbids inline \(style-src-attr\)"),
        ("elsewhere", f"asked another host for image: https://{ELSEWHERE}/pixel.png"),
        ("address", "asked another host for image: http://192.0.2.1/pixel.png"),
        ("socket", f"asked another host for websocket: wss://{ELSEWHERE}/"),
        ("throws", "A script failed: nobody caught this"),
        ("complains", "The console says: this went wrong"),
        ("incomplete", "404 for image: .*/nowhere.png"),
    ],
)
async def test_a_page_that_is_wrong_fails_its_visit(
    browser: Browser, home: str, part: str, fault: str
) -> None:
    with pytest.raises(Faults, match=fault):
        async with visiting(browser) as visit:
            page = await visit.open(PHONE, "zh-CN")
            await page.goto(f"{home}/faults/{part}")


async def test_an_answer_of_500_is_a_fault_and_a_refusal_is_none(
    browser: Browser, visit: Visit, home: str
) -> None:
    refused = await visit.open(DESK, "en")
    await refused.goto(f"{home}/status/422")
    with pytest.raises(Faults, match="503 for document"):
        async with visiting(browser) as other:
            await (await other.open(DESK, "en")).goto(f"{home}/status/503")


async def test_a_fault_that_a_test_is_about_is_expected_and_must_come(
    browser: Browser, visit: Visit, home: str
) -> None:
    visit.expects("503 for document")
    await (await visit.open(DESK, "en")).goto(f"{home}/status/503")
    with pytest.raises(Faults, match="Expected and not seen: 503"):
        async with visiting(browser) as other:
            other.expects("503")
            await (await other.open(DESK, "en")).goto(home)


@pytest.mark.parametrize(
    ("part", "rules"), [("nameless", {"image-alt", "label"}), ("faint", {"color-contrast"})]
)
async def test_axe_finds_what_was_planted_under_the_pages_own_policy(
    visit: Visit, desk: Page, home: str, part: str, rules: set[str]
) -> None:
    visit.expects("The page's policy forbids inline")
    visit.expects("violates the following Content Security Policy")
    await desk.goto(f"{home}/faults/{part}")
    found = await findings(desk)
    assert all(any(f"({rule}," in finding for finding in found) for rule in rules), found
    ran = await desk.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.head.append(script);
        return window.ran === true;
    }""")
    assert not ran


async def test_a_form_is_sent_by_the_keyboard_alone(visit: Visit, home: str) -> None:
    page = await visit.open(DESK, "en", keyboard_only=True)
    await page.goto(home)
    stops = await tab_to(page.get_by_role("textbox", name="Name"))
    await page.keyboard.type("Yi")
    stops += await tab_to(page.get_by_role("button", name="Declare"))
    await page.keyboard.press("Enter")
    await page.get_by_text("Declared").wait_for()
    assert len(stops) == 2


async def test_the_mouse_is_a_fault_where_only_the_keyboard_is(browser: Browser, home: str) -> None:
    with pytest.raises(Faults, match="mouse was used where only the keyboard is"):
        async with visiting(browser) as visit:
            page = await visit.open(DESK, "en", keyboard_only=True)
            await page.goto(home)
            await page.get_by_role("button").click()


async def test_a_stop_without_a_sign_and_one_that_is_never_reached_are_told(
    desk: Page, home: str
) -> None:
    await desk.goto(f"{home}/faults/unlit")
    with pytest.raises(AssertionError, match="Nothing shows the focus on - textbox"):
        await tab_to(desk.get_by_role("button"))
    await desk.goto(f"{home}/faults/unreached")
    with pytest.raises(AssertionError, match="not reached by Tab"):
        await tab_to(desk.locator("#out"))


async def test_without_javascript_the_script_stays_still_and_the_form_goes(
    visit: Visit, home: str
) -> None:
    page = await visit.open(PHONE, "vi", javascript=False)
    await page.goto(home)
    assert await page.locator("body").get_attribute("data-script") is None
    await page.get_by_role("button", name="Khai").tap()
    await page.get_by_text("Đã khai").wait_for()
    visit.expects("Content Security Policy")
    await page.goto(f"{home}/faults/styled")


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
async def test_twice_as_large_half_as_much_fits(visit: Visit, home: str, device: Any) -> None:
    page = await visit.open(device, "zh-CN", zoom=2)
    await page.goto(home)
    seen = await page.evaluate("[innerWidth, devicePixelRatio]")
    assert seen == [device.width / 2, device.scale * 2]
    assert await wider_than_the_screen(page) == []
    await page.goto(f"{home}/faults/wide")
    assert any('id="text"' in wide for wide in await wider_than_the_screen(page))


async def test_a_picture_is_named_after_width_and_language(
    phone: Page, desk: Page, home: str, tmp_path: Path
) -> None:
    for page in (phone, desk):
        await page.goto(home)
    files = [await take(page, "sample", tmp_path) for page in (phone, desk)]
    assert [file.name for file in files] == ["sample-phone-zh-CN.png", "sample-desk-zh-CN.png"]
    # A PNG tells its width in bytes 16 to 19 of itself.
    widths = [int.from_bytes(file.read_bytes()[16:20]) for file in files]
    assert widths == [390 * 2, 1440]


_BIND: Final = """async id => {
  const made = await navigator.credentials.create({publicKey: {
    challenge: new Uint8Array(32), rp: {id: 'localhost', name: 'Tradewindow'},
    user: {id: new TextEncoder().encode(id), name: id, displayName: id},
    pubKeyCredParams: [{type: 'public-key', alg: -7}],
    authenticatorSelection: {residentKey: 'required', userVerification: 'required'}}});
  return made.id;
}"""
_ASSERT: Final = """async said => {
  try {
    const given = await navigator.credentials.get({publicKey: {
      challenge: new TextEncoder().encode(said), rpId: 'localhost', userVerification: 'required',
      timeout: 2000}});
    const client = JSON.parse(new TextDecoder().decode(given.response.clientDataJSON));
    return {id: given.id, user: new TextDecoder().decode(given.response.userHandle),
      said: atob(client.challenge.replaceAll('-', '+').replaceAll('_', '/'))};
  } catch (refused) { return {refused: refused.name}; }
}"""


async def test_a_passkey_is_bound_and_says_what_was_agreed_to(phone: Page, home: str) -> None:
    await phone.goto(home)
    of_the_phone = await authenticator(phone)
    bound = await phone.evaluate(_BIND, "res-1")
    given = await phone.evaluate(_ASSERT, "I declare 8000.00")
    assert given == {"id": bound, "user": "res-1", "said": "I declare 8000.00"}
    assert [kept["rpId"] for kept in await of_the_phone.passkeys()] == ["localhost"]


async def test_a_finger_that_is_not_its_owners_binds_and_agrees_to_nothing(
    phone: Page, home: str
) -> None:
    await phone.goto(home)
    of_the_phone = await authenticator(phone)
    await phone.evaluate(_BIND, "res-1")
    await of_the_phone.knows_its_owner(False)
    assert await phone.evaluate(_ASSERT, "mine") == {"refused": "NotAllowedError"}


async def test_a_passkey_goes_with_its_copy_alone(visit: Visit, home: str) -> None:
    """Another phone has none; the same passkey on it is the same person's."""
    first, second = [await visit.open(PHONE, "zh-CN") for _ in range(2)]
    for page in (first, second):
        await page.goto(home)
    mine, other = await authenticator(first), await authenticator(second)
    bound = await first.evaluate(_BIND, "res-1")
    assert "refused" in await second.evaluate(_ASSERT, "theirs")
    for passkey in await mine.passkeys():
        await other.keep(passkey)
    assert (await second.evaluate(_ASSERT, "theirs"))["id"] == bound
