"""The split helper of a clerk's form: what it makes of typed lines sums to the lot, exactly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.portal.counts import counted
from services.portal.pages.clerks import shares
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
    assert shares("A\nB\n\nC\n", "100", "100.00") == [
        {"resident_no": "A", "net_kg": "33.334", "value": "33.34"},
        {"resident_no": "B", "net_kg": "33.333", "value": "33.33"},
        {"resident_no": "C", "net_kg": "33.333", "value": "33.33"},
    ]


def test_lines_with_weight_and_value_are_taken_as_they_are_typed() -> None:
    assert shares("A 40 1000\nB,60,2000", "100", "3000") == [
        {"resident_no": "A", "net_kg": "40", "value": "1000"},
        {"resident_no": "B", "net_kg": "60", "value": "2000"},
    ]


def test_a_line_that_lacks_a_part_is_sent_so_that_the_interface_says_what_is_missing() -> None:
    assert shares("A 40 1000\nB", "100", "3000")[1] == {
        "resident_no": "B",
        "net_kg": "",
        "value": "",
    }


def test_a_sum_that_is_no_number_is_left_to_the_interface_to_refuse() -> None:
    assert evenly("many", 2, 2) == ["many", "many"]
    assert evenly("1.005", 2, 2) == ["1.005", "1.005"]
    assert evenly("NaN", 2, 1) == ["NaN"]
    for long in ("1e999999", "1e4000", "9" * 5000, "1e99999999999999999999"):
        assert evenly(long, 2, 2) == [long, long]


def test_a_count_is_a_number_and_what_is_none_stays_as_it_was_typed() -> None:
    assert counted("266") == 266
    for text in ("", "1.5", "-1", "\N{SUPERSCRIPT TWO}", "\N{FULLWIDTH DIGIT ONE}", "9" * 5000):
        assert counted(text) == text
