"""Free text names nobody by number, and a reference of random digits is not taken for one."""

from __future__ import annotations

import pytest

from services.kernel.wording import fit_to_keep


@pytest.mark.parametrize(
    "text",
    [
        "450681189001011230",
        "替450681189001011230申报",
        "No. 45068118900101123X, please",
        "a450681189001011230b",
    ],
)
def test_a_text_with_an_identity_number_in_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="identity numbers"):
        fit_to_keep(text)


@pytest.mark.parametrize(
    "text",
    [
        "B-3f012345678901234567890abcdef012",  # 20 digits in a row
        "B-f123456789012345678ac0de",  # 18 digits, but no date among them
        "450681189013011230",  # a 13th month
        "450681189001321230",  # a 32nd day
        "invoice 2026-11-21 / 00012345",
        "",
    ],
)
def test_a_reference_that_holds_digits_but_no_birth_date_is_kept_as_it_is(text: str) -> None:
    assert fit_to_keep(text) == text


@pytest.mark.parametrize(
    "text", ["\u200b", " \u200c\u200d ", "a\u202eb", "\ufeffa", "a\u2066b\u2069"]
)
def test_a_text_that_shows_nothing_or_other_than_it_says_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"seen|direction"):
        fit_to_keep(text)


@pytest.mark.parametrize("text", ["带壳腰果", "hạt điều thô", "သီဟိုဠ်\u200bစေ့", "*", "№ 5"])
def test_every_script_of_the_border_is_written(text: str) -> None:
    assert fit_to_keep(text) == text
