"""No list of a page ends without saying that it goes on: whatever a page asks for by so many rows,
it asks from where the address says, and leads further; found in the pages themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from services.platform.language import ENGLISH
from services.portal.rendering import TEMPLATES, environment

PAGES: Final = TEMPLATES.parent / "pages"
SAID: Final = "\n".join(path.read_text() for path in sorted(TEMPLATES.glob("*.html")))
LED_ON: Final = frozenset(re.findall(r'parts\.further_of\("([a-z_]+)"\)', SAID))
READS: Final = ("get", "maybe", "sought")
LISTS: Final = ("listed", "listed_if_seen")
NO_LIST: Final = {
    ("cases", "/declaration/v1/lots"): "its page of lots is led to",
    ("clerks", "/secondmarket/v1/lots/…/orders"): "a choice in a form, the best first",
    ("clerks", "/settlement/v1/firm-quotes"): "the newest is chosen of those that hold",
    ("factories", "/processing/v1/corrections"): "they are counted; their page lists them",
    ("gates", "/gate/v1/lots"): "of one truck",
    ("law", "/law/v1/policy"): "of one parameter, on a day",
    ("officers", "/inspection/v1/roster"): "badges for officers, listed on the roster's own page",
    ("phones", "PASSKEYS"): "of one resident",
    ("registers", "/registry/v1/officers"): "of one badge",
    ("residents", "/declaration/v1/lots"): "the newest few; all have their page",
    ("residents", "/declaration/v1/lots/…/tickets"): "one's own in a lot",
    ("residents", "/registry/v1/passkeys"): "of one resident",
    ("rules", "/risk/v1/controls"): "they are counted; their page lists them",
}
"""What is asked for by so many rows and is shown as no list that goes on."""


def asked() -> Iterator[tuple[str, str, ast.Call]]:
    """Every read by so many rows: in which page, of what, and how."""
    for path in sorted(PAGES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in (*READS, *LISTS)
                and any(k.arg == "limit" for k in node.keywords)
            ):
                yield path.stem, of_what(node), node


def of_what(call: ast.Call) -> str:
    address = call.args[-1]
    if isinstance(address, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in address.values)
    return str(address.value) if isinstance(address, ast.Constant) else ast.unparse(address)


def is_one(call: ast.Call) -> bool:
    limit = next(k.value for k in call.keywords if k.arg == "limit")
    return isinstance(limit, ast.Constant) and limit.value == 1


ASKED: Final = list(asked())


@pytest.mark.parametrize(
    ("page", "what", "call"), ASKED, ids=[f"{page} {what}" for page, what, _ in ASKED]
)
def test_a_list_is_read_from_where_the_address_says_and_leads_further(
    page: str, what: str, call: ast.Call
) -> None:
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr in LISTS:
        name = call.args[0]
        assert isinstance(name, ast.Constant)
        assert name.value in LED_ON, f"no template leads on from the list {name.value!r}"
        return
    if is_one(call) or (page, what) in NO_LIST:
        return
    given = {k.arg for k in call.keywords}
    spread = page == "draws" and None in given
    assert "cursor" in given or spread, f"{page} shows the first rows of {what} as if they were all"


def test_what_is_said_to_be_no_list_is_asked_for() -> None:
    there = {(page, what) for page, what, _ in ASKED}
    assert set(NO_LIST) <= there


def test_the_way_on_keeps_the_place_in_the_other_lists_of_the_page() -> None:
    parts = environment(ENGLISH).get_template("_parts.html")
    page: Any = parts.make_module({"further": {"alerts": "b/1"}, "here": "/p?alerts=a&books=c&x=1"})
    assert 'href="/p?books=c&amp;x=1&amp;alerts=b/1"' in str(page.further_of("alerts"))
    assert str(page.further_of("books")).strip() == ""


def test_every_template_that_leads_on_does_so_for_a_list_that_is_read() -> None:
    read = {
        call.args[0].value
        for _, _, call in ASKED
        if isinstance(call.args[0], ast.Constant) and len(call.args) == 2
    }
    assert LED_ON - {"documents"} <= read
