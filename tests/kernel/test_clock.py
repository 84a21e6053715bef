"""The trade's day is Beijing's calendar day, whatever offset an instant is written in (W2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.clock import BEIJING, business_day, rfc3339, utc_text

INSTANTS = st.datetimes(datetime(1996, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_w02_the_day_changes_at_16_00_utc() -> None:
    assert business_day(datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 5, 1)
    assert business_day(datetime(2026, 5, 1, 16, 0, 0, tzinfo=UTC)) == date(2026, 5, 2)


def test_w02_midnight_in_beijing_opens_the_new_day() -> None:
    assert business_day(datetime(2026, 5, 2, 0, 0, tzinfo=BEIJING)) == date(2026, 5, 2)
    assert business_day(datetime(2026, 5, 1, 23, 59, 59, tzinfo=BEIJING)) == date(2026, 5, 1)


def test_an_instant_without_an_offset_names_no_day() -> None:
    with pytest.raises(ValueError, match="UTC offset"):
        business_day(datetime(2026, 5, 1, 12))


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_the_same_instant_is_the_same_day_and_text_in_every_offset(
    instant: datetime, minutes: int
) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    assert business_day(elsewhere) == business_day(instant)
    assert utc_text(elsewhere) == utc_text(instant)
    assert rfc3339(elsewhere) == rfc3339(instant)


def test_times_are_shown_with_a_numeric_offset() -> None:
    assert rfc3339(datetime(2026, 5, 1, 16, 0, tzinfo=UTC)) == "2026-05-02T00:00:00.000+08:00"
