"""Both countries' calendars are data: a year that nobody has filed is not known, nor guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.kernel.business_days import (
    CHINA,
    Calendar,
    business_days,
    calendar,
    calendars_between,
    is_business_day,
    next_business_day,
)
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused

FROM = date(2020, 1, 1)
TODAY = date(2026, 11, 26)
VIETNAM = {"closed": ["2026-04-30", "2026-05-01"], "worked": ["2026-08-22"]}


def filed(**values: Any) -> PolicyBook:
    """The law with calendars on file; VN_2026 is the scope VN-2026."""
    rows = [
        PolicyRow("calendar.days", scope.replace("_", "-"), value, "test", FROM, None)
        for scope, value in values.items()
    ]
    return PolicyBook(rows)


def test_vietnams_holidays_are_known_as_they_are_filed() -> None:
    vietnam = calendar(filed(VN_2026=VIETNAM), "VN", on=TODAY)
    assert not is_business_day(date(2026, 4, 30), vietnam)
    assert is_business_day(date(2026, 4, 29), vietnam)
    assert is_business_day(date(2026, 8, 22), vietnam), "a Saturday that is worked instead"
    assert not is_business_day(date(2026, 8, 23), vietnam)


def test_a_day_for_both_countries_is_one_on_which_both_work() -> None:
    """China works on 2026-04-30 and not from 1 to 5 May; Vietnam not on 30 April and 1 May."""
    both = calendars_between(filed(VN_2026=VIETNAM), "VN", on=TODAY)
    assert next_business_day(date(2026, 4, 30)) == date(2026, 4, 30)
    assert next_business_day(date(2026, 4, 30), *both) == date(2026, 5, 6)
    assert calendars_between(filed(VN_2026=VIETNAM), "MM", on=TODAY) == [Calendar("CN")]


@pytest.mark.parametrize("country", ["CN", "VN"])
def test_2027_is_not_known_until_it_is_filed(country: str) -> None:
    day = date(2027, 1, 4)
    with pytest.raises(Refused) as unknown:
        is_business_day(day, calendar(filed(VN_2026=VIETNAM), country, on=TODAY))
    (refusal,) = unknown.value.refusals
    assert (refusal.code, refusal.facts["country"], refusal.facts["year"]) == (
        "CALENDAR_MISSING",
        country,
        "2027",
    )
    loaded = filed(**{f"{country}_2027": {"closed": ["2027-01-01"], "worked": []}})
    assert is_business_day(day, calendar(loaded, country, on=TODAY))
    assert not is_business_day(date(2027, 1, 1), calendar(loaded, country, on=TODAY))


def test_a_year_of_chinas_that_is_filed_takes_the_place_of_the_installed_one() -> None:
    law = filed(CN_2026={"closed": ["2026-11-26"], "worked": []})
    assert is_business_day(TODAY)
    assert not is_business_day(TODAY, calendar(law, "CN", on=TODAY))
    assert business_days(date(2026, 11, 23), date(2026, 11, 30)) == 5
    assert business_days(date(2026, 11, 23), date(2026, 11, 30), calendar(law, "CN", on=TODAY)) == 4


@pytest.mark.parametrize("value", [{"closed": ["tomorrow"]}, {"closed": 3}, [], "2026", None])
def test_a_calendar_that_nobody_can_read_is_not_known(value: Any) -> None:
    assert calendar(filed(VN_2026=value), "VN", on=TODAY).filed == ()
    assert CHINA.filed == ()
