"""Two names are alike when one slip of a pen leads from the one to the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.alike import alike, numberless, one_edit_apart
from tests.support.edits import edits


@given(one=st.text("abc", max_size=7), other=st.text("abc", max_size=7))
def test_one_edit_is_found_and_two_are_not(one: str, other: str) -> None:
    assert one_edit_apart(one, other) is (edits(one, other) == 1)


@pytest.mark.parametrize("written", ["phongg", "phon", "phang", "hpong", "phogn", "aphong"])
def test_a_letter_more_less_or_another_or_two_changed_about_are_one_edit(written: str) -> None:
    assert one_edit_apart("phong", written)
    assert one_edit_apart(written, "phong")


@pytest.mark.parametrize("written", ["phong", "phonggg", "phag", "haiphong", ""])
def test_the_same_name_and_another_are_not(written: str) -> None:
    assert not one_edit_apart("phong", written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第一运输", "第二运输"),
        ("第一运输", "第十一运输"),
        ("a1", "a2"),
        ("a12", "a21"),
        ("số1", "số11"),
    ],
)
def test_names_that_differ_in_a_number_alone_are_not_alike(one: str, other: str) -> None:
    assert one_edit_apart(one, other)
    assert not alike(one, other)
    assert not alike(other, one)


@pytest.mark.parametrize(("one", "other"), [("phong", "ph0ng"), ("phong", "phong1"), ("a1", "b1")])
def test_a_number_that_one_of_them_has_is_a_letter(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("ocean xxxix", "ocean #"),
        ("ocean iiii", "ocean iiii"),
        ("thi vi", "thi #"),
        ("vinh", "vinh"),
        ("第二十一组", "第#组"),
        ("a12b3", "a#b#"),
    ],
)
def test_digits_numerals_and_roman_numbers_are_numbers(name: str, without: str) -> None:
    assert numberless(name) == without
