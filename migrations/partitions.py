"""Month partitions of tables keyed by UUIDv7: the key's first 48 bits are its creation time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

PARTITIONED: Final = ("events", "tickets")
AHEAD: Final = 6


def first_uuid(day: date) -> UUID:
    """The smallest UUIDv7 that can be made on a day (UTC)."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def next_month(day: date) -> date:
    """The first of the following month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def statements(today: date) -> Iterator[str]:
    """DDL that makes sure of the partitions of this month and the next ones; safe to repeat.

    Keys outside of them (a clock far off) fall into the default partition and are never lost.
    """
    for table in PARTITIONED:
        month = today.replace(day=1)
        for _ in range(AHEAD + 1):
            following = next_month(month)
            yield (
                f"CREATE TABLE IF NOT EXISTS {table}_{month:%Y_%m} PARTITION OF {table}"
                f" FOR VALUES FROM ('{first_uuid(month)}') TO ('{first_uuid(following)}')"
            )
            month = following
