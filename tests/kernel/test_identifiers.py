"""Identifiers say what they name, sort by creation, and a malformed one names nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identifiers import (
    PREFIXES,
    case_uuid,
    first_of,
    new_id,
    new_uuid,
    show,
    uuid_of,
)
from services.kernel.refusal import Refused


@given(st.uuids(), st.sampled_from(sorted(PREFIXES)))
def test_what_is_shown_names_the_same_row(value: UUID, prefix: str) -> None:
    assert uuid_of(show(prefix, value), prefix) == value
    assert case_uuid(show(prefix, value)) == value


def test_fresh_identifiers_are_uuid_7_in_the_order_of_their_making() -> None:
    made = [new_uuid() for _ in range(2000)]
    assert {u.version for u in made} == {7}
    assert sorted(made) == made
    assert len(set(made)) == len(made)


def test_the_lowest_of_an_instant_parts_what_was_made_before_from_what_was_made_after() -> None:
    made, now = new_uuid(), datetime.now(UTC)
    assert first_of(now - timedelta(seconds=1)) < made < first_of(now + timedelta(seconds=1))
    assert first_of(datetime(1899, 12, 5, tzinfo=UTC)) == UUID(int=0)


def test_an_identifier_of_another_kind_names_nothing() -> None:
    with pytest.raises(Refused) as refused:
        uuid_of(new_id("tkt"), "lot")
    assert refused.value.codes == ("NOT_FOUND",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lot",
        "lot_",
        "lot_0199",
        f"lot_{'g' * 32}",
        f"LOT_{'0' * 32}",
        f"lot_{'0' * 32}\n",
        f"lot_{'0' * 33}",
        f"lot_{'０' * 32}",
    ],
)
def test_a_malformed_identifier_is_answered_like_an_unknown_one(text: str) -> None:
    with pytest.raises(Refused) as refused:
        uuid_of(text, "lot")
    assert refused.value.codes == ("NOT_FOUND",)


@given(st.text(max_size=50))
def test_any_text_at_all_is_refused_or_read_never_a_fault(text: str) -> None:
    try:
        value = case_uuid(text)
    except Refused as refused:
        assert refused.codes == ("NOT_FOUND",)
    else:
        assert text.endswith(value.hex)


def test_a_kind_nobody_knows_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="unknown identifier prefix"):
        show("xyz", new_uuid())
