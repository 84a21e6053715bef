"""A template that another one imports brings along what it names: an import gives it no macros of
the page that imports it."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import pytest
from jinja2 import meta

from services.manifests import case_kinds
from services.platform.language import CHINESE, ENGLISH, LANGUAGES
from services.portal.rendering import TEMPLATES, environment

_IMPORT: Final = re.compile(r'{%-? import "(?P<file>[^"]+)" as (?P<name>\w+)')
_IMPORTS: Final = [
    found for page in TEMPLATES.glob("*.html") for found in _IMPORT.finditer(page.read_text())
]
IMPORTED: Final = sorted({found["file"] for found in _IMPORTS})
MACROS: Final = {found["name"] for found in _IMPORTS}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/portal/lots", "/portal/lots?"),
        ("/portal/lots?state=SOLD", "/portal/lots?state=SOLD&"),
        ("/portal/lots?state=SOLD&cursor=first", "/portal/lots?state=SOLD&"),
        ("/portal/lots?cursor=first&lane=RED&cursor=second", "/portal/lots?lane=RED&"),
        ("/portal/lots?cursor=first", "/portal/lots?"),
    ],
)
def test_the_next_page_of_a_list_names_one_place_in_it(address: str, kept: str) -> None:
    page = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.more("next", address) }}'
    )
    said = unescape(page.render(address=address, typed={}))
    assert f'href="{kept}cursor=next"' in said


def test_a_listed_name_is_said_to_be_an_earlier_one_of_whose_it_was() -> None:
    page = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}'
        '{{ parts.named("buyer_before") }}; {{ parts.named("bank_before") }}'
    )
    said = unescape(re.sub("<[^>]+>", "", page.render()))
    assert said == "payer by an earlier name; seller's bank by an earlier name"


@pytest.mark.parametrize(
    ("role", "whose"), [("holder_before", "payer"), ("seller_account_before", "seller")]
)
def test_another_holder_of_an_account_is_said_to_be_one(role: str, whose: str) -> None:
    page = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.named(role) }}'
    )
    said = unescape(page.render(role=role))
    assert said == f"another holder of the {whose}'s account, now or before"


@pytest.mark.parametrize(
    ("case", "first", "last"),
    [
        ("lot", "accepted, shares to confirm", "goods are seized"),
        ("settlement", "held", "refused"),
        ("accreditation", "applied", "level lost"),
    ],
)
def test_a_menu_of_states_has_each_of_the_case_s_table_in_words(
    case: str, first: str, last: str
) -> None:
    page = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.state_choice(case, chosen) }}'
    )
    said = page.render(case=case, chosen="")
    options = re.findall(r'<option value="([A-Z_]+)">([^<]+)', said)
    table = next(kind.states for kind in case_kinds().values() if kind.states.name == case)
    assert [code for code, _ in options] == [str(state) for state in table.every_state()]
    assert (first in options[0][1], last in options[-1][1]) == (True, True), options
    assert "<option selected>LOST</option>" in page.render(case=case, chosen="LOST")


@pytest.mark.parametrize("name", IMPORTED)
def test_what_is_imported_names_no_macros_that_it_does_not_import(name: str) -> None:
    parsed = environment(ENGLISH).parse((TEMPLATES / name).read_text())
    assert not meta.find_undeclared_variables(parsed) & MACROS


def test_a_payer_reads_of_a_reason_that_is_not_told_whom_to_ask() -> None:
    page = environment(ENGLISH).from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.bank_reason(reason) }}'
    )
    said = [page.render(reason=reason) for reason in ("MS03", "AC04")]
    assert [re.sub("<[^>]+>", "", one) for one in said] == [
        "the bank did not take it; ask your bank MS03",
        "AC04",
    ]


def test_a_sentence_is_said_in_the_language_of_its_page_however_it_stands() -> None:
    page = (
        '{{ _("Green") }}|<b title="{{ _(\'Green\') }}">|{{ _("{span} left", span="1 d") }}'
        '|{% set lane = "Green" %}{{ _(lane) }}|{{ (_("Green"))|length }}|{{ none or _("Green") }}'
        '|{{ _("The broker\'s <remark>") }}'
    )
    said = {language: environment(language).from_string(page).render() for language in LANGUAGES}
    assert said[ENGLISH] == (
        'Green|<b title="Green">|1 d left|Green|5|Green|The broker&#39;s &lt;remark&gt;'
    )
    green = said[CHINESE].partition("|")[0]
    assert green != "Green"
    assert said[CHINESE].split("|")[1:6] == [
        f'<b title="{green}">',
        said[CHINESE].split("|")[2],
        green,
        str(len(green)),
        green,
    ]


def test_a_field_of_an_answer_is_no_method_of_what_holds_it() -> None:
    page = environment(ENGLISH).from_string(
        '{{ one.code }} {{ one["items"] }} {{ one.get("no", 3) }}'
    )
    assert page.render(one={"code": "A", "items": [1], "get": "never"}) == "A [1] 3"
