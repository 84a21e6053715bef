"""A declarant's clock may be ahead of ours by as much as the law of the port and day says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from services.declaration.domain.model import Entries
from services.declaration.domain.rules.entry import entry_is_on_record, entry_law
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused
from tests.services.declaration.test_rules_of_the_day import EXACT, submission
from tests.support.harbour import Harbour, open_port
from tests.support.window import codes, decree

KEY: Final = "hushi.entry_ahead_max_min"
AGE: Final = "hushi.entry_age_max_days"
BEFORE, DAY, AFTER = date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19)
BOOK: Final = PolicyBook(
    [
        PolicyRow(AGE, "", 14, "test", date(1996, 1, 1), None),
        PolicyRow(AGE, "replay:PLAYED", 3650, "test", date(1996, 1, 1), None),
        PolicyRow(KEY, "", 10, "test", date(1996, 1, 1), DAY),
        PolicyRow(KEY, "", 3, "test", DAY, AFTER),
        PolicyRow(KEY, "PINGXIANG", 20, "test", DAY, AFTER),
        PolicyRow(KEY, "PLAYED", 0, "test", DAY, AFTER),
    ]
)


def is_future(port: str, today: date, ahead: timedelta) -> bool:
    """Whether what is declared as entered so far ahead, at a noon, has not entered yet."""
    now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    lot = replace(submission(today, EXACT), port=port, entered_at=now + ahead)
    law = entry_law(BOOK, port=port, today=today)
    found = entry_is_on_record(lot, Entries(resident=(now,)), law, now=now)
    return found is not None and found.code == "ENTRY_IN_FUTURE"


@pytest.mark.parametrize(
    ("port", "today", "minutes"),
    [
        ("DONGXING", BEFORE, 10),
        ("DONGXING", DAY, 3),
        ("PINGXIANG", BEFORE, 10),
        ("PINGXIANG", DAY, 20),
        ("PLAYED", BEFORE, 10),
        ("PLAYED", DAY, 0),
    ],
)
def test_a_clock_may_be_ahead_by_what_the_law_of_the_port_and_day_says_and_no_second_more(
    port: str, today: date, minutes: int
) -> None:
    most = timedelta(minutes=minutes)
    assert not is_future(port, today, most)
    assert is_future(port, today, most + timedelta(seconds=1))


def test_where_the_law_of_the_day_does_not_say_it_nothing_is_declared() -> None:
    with pytest.raises(Refused) as refused:
        entry_law(BOOK, port="DONGXING", today=AFTER)
    assert refused.value.codes == ("POLICY_MISSING",)


async def test_where_two_officers_allow_no_clock_to_be_ahead_a_minute_is_too_early(
    harbour: Harbour,
) -> None:
    port = await open_port(harbour.window, replays=False)
    await decree(harbour.window, KEY, port, "0")
    group = await Harbour(harbour.window, port).group(1)
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    refused = await harbour.window.lot(group, port=port, entered_at=soon)
    assert codes(refused) == ["ENTRY_IN_FUTURE"]
