"""The split helper of a clerk's form: what it makes of typed lines sums to the lot, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform import words
from services.platform.language import CHINESE, LANGUAGES
from services.portal.counts import counted
from services.portal.share_lines import shares
from services.portal.split import evenly


@given(total=st.decimals("0.01", "2000000", places=2), parts=st.integers(1, 1_000))
def test_an_even_split_sums_to_the_whole_and_no_two_parts_differ_by_more_than_a_fen(
    total: Decimal, parts: int
) -> None:
    found = [Decimal(part) for part in evenly(f"{total:f}", 2, parts)]
    assert len(found) == parts
    assert sum(found) == total
    assert max(found) - min(found) <= Decimal("0.01")


def test_w05_a_lot_is_split_over_its_members_to_the_cent() -> None:
    parts = evenly("2125000.00", 2, 266)
    assert (parts.count("7988.73"), parts.count("7988.72")) == (48, 218)


def test_numbers_alone_share_weight_and_value_evenly() -> None:
    assert shares("A\nB\n\nC\n", "100", "100.00", CHINESE) == [
        {"resident_no": "A", "net_kg": "33.334", "value": "33.34"},
        {"resident_no": "B", "net_kg": "33.333", "value": "33.33"},
        {"resident_no": "C", "net_kg": "33.333", "value": "33.33"},
    ]


def test_lines_with_weight_and_value_are_taken_as_they_are_typed() -> None:
    assert shares("A 40 1000\nB,60,2000", "100", "3000", CHINESE) == [
        {"resident_no": "A", "net_kg": "40", "value": "1000"},
        {"resident_no": "B", "net_kg": "60", "value": "2000"},
    ]


def test_a_line_that_lacks_a_part_is_sent_so_that_the_interface_says_what_is_missing() -> None:
    assert shares("A 40 1000\nB", "100", "3000", CHINESE)[1] == {
        "resident_no": "B",
        "net_kg": "",
        "value": "",
    }


def test_of_a_sum_that_is_no_number_no_share_is_blamed() -> None:
    for none in ("many", "1.005", "NaN", "1e999999", "1e4000", "9" * 5000, "1e99999999999999999"):
        assert evenly(none, 2, 2) == ["1", "1"], none


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_a_line_stand_apart_and_its_numbers_are_the_languages(language: str) -> None:
    weight, value = words.number("1800.5", language), words.number("20000.00", language)
    for between in (
        " ",
        "  ",
        "\t",
        ";",
        "; ",
        ", ",
        "\N{FULLWIDTH SEMICOLON}",
        "\N{IDEOGRAPHIC COMMA}",
    ):
        (share,) = shares(between.join(("A", weight, value)), "1", "1", language)
        assert share == {"resident_no": "A", "net_kg": "1800.5", "value": "20000.00"}, between


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comma_that_could_part_a_line_in_two_ways_parts_it_in_none(language: str) -> None:
    for line in ("A,1,800,700", "A 100,700", "A 1 800 700"):
        assert shares(line, "1", "1", language)[0]["value"] == "", line
    for line in ("A,100,700", "A\N{FULLWIDTH COMMA}100\N{FULLWIDTH COMMA}700", "A 100 700"):
        assert shares(line, "1", "1", language)[0] == {
            "resident_no": "A",
            "net_kg": "100",
            "value": "700",
        }


def test_a_count_is_a_number_and_what_is_none_stays_as_it_was_typed() -> None:
    assert counted("266") == 266
    for text in ("", "1.5", "-1", "\N{SUPERSCRIPT TWO}", "\N{FULLWIDTH DIGIT ONE}", "9" * 5000):
        assert counted(text) == text
