"""An identity number names an area, a day that there was, and its check character fits."""

from __future__ import annotations

from datetime import date

import pytest
from stdnum.iso7064 import mod_11_2

from services.kernel import refusals
from services.kernel.canonical import identity_number
from services.kernel.identity import born_on, identity_fault
from services.kernel.refusal import Reason


def checked(body: str) -> str:
    """Seventeen digits with the check character that fits."""
    return body + mod_11_2.calc_check_digit(body)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("45068118010101001", None),
        ("45068120240229001", None),
        ("71000019900101001", None),
        ("45068118000230001", refusals.ID_BIRTH),
        ("45068119000229001", refusals.ID_BIRTH),
        ("45068119901301001", refusals.ID_BIRTH),
        ("45068119900001001", refusals.ID_BIRTH),
        ("45068129990101001", refusals.ID_BIRTH),
        ("45068117991231001", refusals.ID_BIRTH),
        ("99999919900101001", refusals.ID_AREA),
        ("47000019900101001", refusals.ID_AREA),
        ("10000019900101001", refusals.ID_AREA),
    ],
)
def test_a_number_that_cannot_be_is_none_though_its_check_character_fits(
    body: str, fault: Reason | None
) -> None:
    assert identity_fault(checked(body)) is fault


@pytest.mark.parametrize(
    "written",
    [
        "45068118010101001x",
        "450681 18010101 001X",
        "'45068118010101001X",
        "\ufeff45068118010101001X",
        "４５０６８１１８０１０１０１００１Ｘ",
        "450681-18010101-001X",
    ],
)
def test_a_number_is_read_as_people_and_spreadsheets_write_it(written: str) -> None:
    number = identity_number(written)
    assert (number, identity_fault(number)) == ("45068118010101001X", None)
    assert born_on(number) == date(1801, 1, 1)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("450681801010010", refusals.ID_OF_15),
        ("4.50681E+17", refusals.ID_AS_FIGURE),
        ("4.5068118010101e17", refusals.ID_AS_FIGURE),
        ("4506811801010100", refusals.ID_SHAPE),
        ("45068118010101001Y", refusals.ID_SHAPE),
        ("", refusals.ID_SHAPE),
        ("450681180101010010", refusals.ID_INVALID),
    ],
)
def test_what_is_no_number_says_what_it_is(written: str, fault: Reason) -> None:
    assert identity_fault(identity_number(written)) is fault


def test_no_two_of_the_sentences_are_the_same() -> None:
    faults = [
        refusals.ID_INVALID,
        refusals.ID_SHAPE,
        refusals.ID_OF_15,
        refusals.ID_AS_FIGURE,
        refusals.ID_AREA,
        refusals.ID_BIRTH,
    ]
    assert {fault.code for fault in faults} == {"ID_INVALID"}
    assert len({fault.sentence for fault in faults}) == len(faults)
