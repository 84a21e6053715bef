"""What the interface refuses is said beside the field of the form that it is about."""

from __future__ import annotations

from typing import Final

import pytest

from services.portal.interface import Problem

FIELDS: Final = ("net_kg", "resident_no", "violations", "violations.count")
ELSEWHERE: Final = ""


def refused(*pointers: str) -> Problem:
    """A request that is refused for what stands in these places, each with the same sentence."""
    errors = [{"code": "REQUEST_INVALID", "pointer": one, "detail": "No."} for one in pointers]
    return Problem(422, {"code": "REQUEST_INVALID", "errors": errors})


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/net_kg", "net_kg"),
        ("/query/net_kg", "net_kg"),
        ("/tickets/0/resident_no", "resident_no"),
        ("/violations/count", "violations.count"),
        ("/violations/fines", "violations"),
        ("/tickets", ELSEWHERE),
        ("", ELSEWHERE),
    ],
)
def test_a_sentence_stands_at_the_field_of_its_place(pointer: str, field: str) -> None:
    assert refused(pointer).by_field(FIELDS) == {field: ["No."]}


def test_what_a_form_sends_in_two_places_is_said_once() -> None:
    assert refused("/net_kg", "/tickets/0/net_kg").by_field(FIELDS) == {"net_kg": ["No."]}
