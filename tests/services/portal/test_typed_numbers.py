"""A number is read in every form as the page writes numbers, and never as another magnitude."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.language import CHINESE, ENGLISH, LANGUAGES, VIETNAMESE
from services.portal import numbers
from services.portal.filing_rows import FILED
from services.portal.rendering import TEMPLATES
from tests.services.portal.stand_in import Desk, desk_at

HOUSE: Final = Path(__file__).resolve().parents[3]
WHOLE: Final = frozenset(
    {"pieces", "pieces.1", "overlap_hours", "violations.count", "violations.documents"}
)
FORMS: Final[dict[str, tuple[str, ...]]] = {
    "/portal/declare": ("net_kg", "gross_kg", "pieces", "value"),
    "/portal/lots/new": ("net_kg", "gross_kg", "pieces", "value"),
    "/portal/lots/lot_1/amendment": ("net_kg", "gross_kg", "pieces", "value"),
    "/portal/lots/lot_1/payment": ("amount",),
    "/portal/lots/lot_1/price": ("amount",),
    "/portal/quotes": ("mid", "bid", "ask", "volume"),
    "/portal/payments/stl_1/answer": ("amount",),
    "/portal/gate/lot_1/pass": ("gross_kg",),
    "/portal/orders/ord_1/findings": ("found_kg", "net_kg.1", "pieces.1"),
    "/portal/factory-orders": ("wanted_kg", "unit_price"),
    "/portal/lots/lot_1/offer": ("unit_price",),
    "/portal/purchases/pur_1/receipt": ("received_kg",),
    "/portal/books/book_1/entries/unit-consumptions": ("net", "loss_rate"),
    "/portal/books/book_1/entries/outputs": ("product_kg",),
    "/portal/books/book_1/entries/scrap": ("scrap_kg",),
    "/portal/books/book_1/closing": ("closing_kg.08013100",),
    "/portal/books/book_1/corrections/RECEIPT": ("received_kg",),
    "/portal/books/book_1/corrections/CONSUMPTION": ("net", "loss_rate"),
    "/portal/manifests": ("total_kg",),
    "/portal/trucks": ("rows.0.rated_load_kg", "rows.0.tare_kg"),
    "/portal/credit-levels": ("violations.count", "violations.documents", "violations.fines"),
    "/portal/registers/banks/BIC/keys": ("overlap_hours",),
    "/portal/filings/processing-filings/record": ("yearly_capacity_kg",),
}
"""Every form with a number in it."""


@given(
    value=st.decimals(min_value="0", max_value="999999999999", places=6),
    places=st.integers(0, 6),
    language=st.sampled_from(LANGUAGES),
)
def test_what_a_page_writes_is_read_back_as_the_same(
    value: Decimal, places: int, language: str
) -> None:
    text = f"{value:.{places}f}"
    assert numbers.read(numbers.written(text, language), language) == text
    assert numbers.read(numbers.ungrouped(text, language), language) == text


@pytest.mark.parametrize(
    ("typed", "western", "vietnamese"),
    [
        ("1.800", "1.800", "1800"),
        ("3.566", "3.566", "3566"),
        ("10.000", "10.000", "10000"),
        ("1,800", "1800", "1.800"),
        ("1.800,00", "1800.00", "1800.00"),
        ("1,800.00", "1800.00", "1800.00"),
        ("1.800.000", "1800000", "1800000"),
        ("1,800,000", "1800000", "1800000"),
        ("45,5", "45.5", "45.5"),
        ("45.5", "45.5", "45.5"),
        ("1800.50", "1800.50", "1800.50"),
        ("0.050", "0.050", "0.050"),
        ("0,0285", "0.0285", "0.0285"),
        ("1 800", "1800", "1800"),
        ("1\N{NARROW NO-BREAK SPACE}800,5", "1800.5", "1800.5"),
        ("１，８００．５０", "1800.50", "1800.50"),
        ("45。5", "45.5", "45.5"),
        ("-5", "-5", "-5"),
        ("1800.500", "1800.500", None),
        ("1800,500", None, "1800.500"),
        ("12.34.567", None, None),
        ("1,80,000", None, None),
        ("18 00", None, None),
        ("1.800,", None, None),
        (".5", None, None),
        ("1e5", None, None),
        ("10²", None, None),
        ("many", None, None),
        ("", None, None),
    ],
)
def test_what_could_be_two_numbers_is_the_one_of_the_pages_language(
    typed: str, western: str | None, vietnamese: str | None
) -> None:
    assert numbers.read(typed, CHINESE) == numbers.read(typed, ENGLISH) == western
    assert numbers.read(typed, VIETNAMESE) == vietnamese


def fields_of(path: Path) -> Iterator[str]:
    """The names of the fields that a template has."""
    text = path.read_text(encoding="utf-8")
    yield from re.findall(r'parts\.(?:field|number|long)\((?:\w+ ~ )?"([\w.]+)"', text)
    yield from re.findall(r'(?<![-\w])name="(\w+)"', text)
    yield from re.findall(r'\("(\w+)", _\("', text)


def numbers_of_requests() -> set[str]:
    """The names under which the interface takes a number."""
    found = set()
    for path in (HOUSE / "contracts" / "openapi").glob("*.json"):
        for name, schema in json.loads(path.read_text())["components"]["schemas"].items():
            if not name.endswith(("Answer", "Body")):
                parts = schema.get("properties", {}).items()
                found |= {part for part, said in parts if is_numeric(said)}
    return found


def is_numeric(schema: dict[str, Any]) -> bool:
    return (
        schema.get("type") in ("integer", "number")
        or "decimal_places" in schema
        or any(is_numeric(one) for one in schema.get("anyOf", ()))
    )


NO_NUMBERS: Final = frozenset({"up_to", "version"})
"""Numbers of the interface that nobody types."""


def test_every_field_that_the_interface_takes_as_a_number_is_read_as_one() -> None:
    taken = numbers_of_requests() - NO_NUMBERS
    assert {"net_kg", "pieces", "value", "mid", "overlap_hours"} <= taken
    for path in TEMPLATES.glob("*.html"):
        for name in fields_of(path):
            if name in taken:
                assert numbers.is_number("/portal/any", name), (path.name, name)


def called(name: str) -> str:
    """What a field is called in a row or in a list: the part of its name that is no place."""
    first = name.partition(".")[0]
    return first if first in numbers.FIELDS else name.rpartition(".")[2]


def test_every_field_of_a_number_is_written_and_read_in_one_way() -> None:
    asked = {called(name) for form in FORMS.values() for name in form} | {"rota_order"}
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'parts\.number\((?:row ~ )?"([\w.]+)"', text):
            assert called(name.strip(".")) in asked, (path.name, name)
        for said, name in re.findall(r'(<input\b[^>]*?name="([\w.]+)"[^>]*>)', text):
            if called(name) in asked and "value=" in said:
                assert "typed_number" in said or "typed.get" in said, (path.name, name)
        if path.name not in ("_parts.html", "counter.html"):
            assert '"decimal"' not in text, f"{path.name}: a number has parts.number"
    figures = {c.name for columns in FILED.values() for c in columns if c.form == "figure"}
    assert figures <= asked
    assert asked == numbers.FIELDS


def test_no_page_takes_a_number_but_as_it_was_typed() -> None:
    for path in (HOUSE / "services" / "portal" / "pages").glob("*.py"):
        for name in re.findall(r'\bform(?:\.get\(|\[)"(\w+)"', path.read_text(encoding="utf-8")):
            assert name not in numbers.FIELDS, (path.name, name)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_at(tmp_path_factory.mktemp("desk"), role="enterprise", party="enterprise:1")


def found_in(body: object, name: str) -> list[object]:
    """What a request says under a name, wherever it stands."""
    if isinstance(body, list):
        return [one for part in body for one in found_in(part, name)]
    if not isinstance(body, dict):
        return []
    here = [body[name]] if name in body else []
    return here + [one for part in body.values() for one in found_in(part, name)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", FORMS)
async def test_a_form_sends_what_its_page_would_write(
    address: str, language: str, desk: Desk
) -> None:
    typed = {
        name: numbers.written("1800" if name in WHOLE else "1800.5", language)
        for name in FORMS[address]
    }
    answer, body = await desk.sends(address, typed, language)
    assert answer.status_code < 400, answer.text
    for name in typed:
        said = found_in(body, name.rpartition(".")[2]) or found_in(body, called(name))
        assert said, (name, body)
        assert {Decimal(str(one)) for one in said} == {
            Decimal("1800" if name in WHOLE else "1800.5")
        }, (
            name,
            body,
        )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_no_number_is_refused_and_the_page_says_how_it_writes_one(
    language: str, desk: Desk
) -> None:
    typed = {"wanted_kg": "1800,500" if language != VIETNAMESE else "1800.500"}
    answer, body = await desk.sends("/portal/factory-orders", typed, language)
    assert body["wanted_kg"] == f"{typed['wanted_kg']}?"
    assert answer.status_code == 422
    example = "1.800,50" if language == VIETNAMESE else "1,800.50"
    assert example in answer.text
    assert "147.700" not in answer.text
    assert f'value="{typed["wanted_kg"]}"' in answer.text, "what was typed stays as it was"


async def test_a_form_is_read_in_the_language_of_its_page_whatever_was_chosen_since(
    desk: Desk,
) -> None:
    typed = {"wanted_kg": "10.000", "written_in": VIETNAMESE}
    answer, body = await desk.sends("/portal/factory-orders", typed, CHINESE)
    assert body["wanted_kg"] == "10000"
    typed["wanted_kg"] = "1800.500"
    answer, _ = await desk.sends("/portal/factory-orders", typed, CHINESE)
    assert answer.headers["content-language"] == VIETNAMESE
    assert 'name="written_in" value="vi"' in answer.text


@pytest.mark.parametrize(
    ("typed", "language", "sent"),
    [
        ("50.000", VIETNAMESE, 50000),
        ("50.000", ENGLISH, "50.000"),
        ("1,125", VIETNAMESE, "1.125"),
        ("1234.567", VIETNAMESE, "1234.567?"),
        ("0.05", VIETNAMESE, "0.05"),
        ('"1.125"', VIETNAMESE, "1.125"),
        ("[0.05, 1]", VIETNAMESE, ["0.05", 1]),
        ("7208", CHINESE, 7208),
        ("0801", CHINESE, "0801"),
        ("2026.01", CHINESE, "2026.01"),
        ("true", CHINESE, True),
        ("by order", CHINESE, "by order"),
    ],
)
async def test_a_value_of_the_law_that_is_a_number_is_read_like_every_other(
    typed: str, language: str, sent: object, desk: Desk
) -> None:
    _, body = await desk.sends("/portal/law/new", {"value": typed}, language)
    assert body["value"] == sent
    _, body = await desk.sends("/portal/controls", {"value": "1.800"}, VIETNAMESE)
    assert body["value"] == "1.800", "no number, but a code"
