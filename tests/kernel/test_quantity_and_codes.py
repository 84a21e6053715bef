"""Weights to the gram and commodity codes of plain digits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.kernel.commodity import chapter, heading, is_hs_code, longest_prefix, subheading
from services.kernel.quantity import decimal_text, kilograms
from services.kernel.refusal import Refused


@pytest.mark.parametrize("weight", ["0.001", "147.7", "999999999999.999", "0"])
def test_a_weight_is_exact_to_the_gram(weight: str) -> None:
    assert kilograms(weight) == Decimal(weight)
    assert kilograms(weight).as_tuple().exponent == -3


@pytest.mark.parametrize("weight", ["-1", "0.0001", "1e12", "NaN", "Infinity", "", "10 kg"])
def test_anything_else_is_no_weight(weight: str) -> None:
    with pytest.raises(Refused) as refused:
        kilograms(weight)
    assert refused.value.codes == ("WEIGHT_INVALID",)


@pytest.mark.parametrize("value", ["0", "147.700", "-1.5", None, ["1"]])
def test_a_decimal_string_is_passed_on_and_so_is_what_a_schema_refuses_itself(
    value: object,
) -> None:
    assert decimal_text(value) is value


@pytest.mark.parametrize("value", [147.7, 147, True, "1e3", " 1", "1,000", "NaN", "１", ""])
def test_a_json_number_or_another_spelling_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="Write the number"):
        decimal_text(value)


def test_a_program_is_told_of_strings_and_a_person_of_digits() -> None:
    with pytest.raises(ValueError, match="as a string"):
        decimal_text(147.7)
    with pytest.raises(ValueError, match=r"^(?!.*string).*plain digits"):
        decimal_text("1,000")


@pytest.mark.parametrize("code", ["0801", "080131", "08013100", "0801310000"])
def test_a_commodity_code_has_four_six_eight_or_ten_digits(code: str) -> None:
    assert is_hs_code(code)


@pytest.mark.parametrize(
    "code", ["", "08", "08013", "0801310", "08O1", "0801.31", "２４０２", "٢٤٠٢"]
)
def test_other_shapes_and_other_scripts_are_no_code(code: str) -> None:
    """Digits of another script would slip past every list that compares by prefix."""
    assert not is_hs_code(code)


@pytest.mark.parametrize("code", ["0101", "7699", "7801", "9706"])
def test_the_first_and_the_last_chapters_of_the_system_are_codes(code: str) -> None:
    assert is_hs_code(code)


@pytest.mark.parametrize("code", ["0001", "7701", "9801", "99999999"])
def test_a_chapter_that_the_system_does_not_have_is_no_code(code: str) -> None:
    assert not is_hs_code(code)


def test_the_longest_listed_prefix_covers_a_code() -> None:
    assert longest_prefix("22030000", ["22", "2203", "2204"]) == "2203"
    assert longest_prefix("08013100", ["22", "2203"]) is None
    assert (chapter("08013100"), heading("08013100"), subheading("08013100")) == (
        "08",
        "0801",
        "080131",
    )
