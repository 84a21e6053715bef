"""The event log: the database links what the kernel can recompute, and nothing is ever changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from asyncpg import PostgresError

from services.declaration.domain.events import (
    LotCancelled,
    LotClosed,
    ReleaseClockRanOut,
    SharesConfirmed,
)
from services.kernel.events import GENESIS, Event, canonical_json, link_hash
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import Actor
from tests.support.acts import append
from tests.support.window import Window

TROUBLESOME = [
    "带壳腰果，越南芒街",
    'quotes " and \\ and / and \x1f and \n',
    "Nguyễn Văn A — 14C-12345 🚚",
    "",
    "e\u0301 is not \u00e9",
]


async def log(window: Window, case: str, event: Event, **more: Any) -> None:
    async with window.assembly.database("declaration").transaction() as tx:
        await append(tx, case, event, **more)


async def head_of(window: Window, case: str) -> asyncpg.Record:
    row = await window.sql.fetchrow("SELECT * FROM cases WHERE case_id = $1", case_uuid(case))
    assert row is not None
    return row


async def test_the_database_links_events_with_the_hash_the_kernel_computes(
    window: Window,
) -> None:
    case = new_id("lot")
    hanoi = timezone(timedelta(hours=7))
    for number, reason in enumerate(TROUBLESOME):
        actor = Actor(subject=f"s{number}", party="group:第一组", role="clerk", port="DONGXING")
        at = datetime(2026, 11, 18, 9, 0, number, 123456, tzinfo=hanoi)
        await log(window, case, LotCancelled(reason=reason), actor=actor, at=at)
    rows = await window.sql.fetch(
        "SELECT * FROM events WHERE case_id = $1 ORDER BY seq", case_uuid(case)
    )
    previous = GENESIS
    for seq, row in enumerate(rows, start=1):
        expected = link_hash(
            previous,
            case_id=row["case_id"],
            seq=seq,
            type_=row["type"],
            step=row["step"],
            actor=row["actor"],
            occurred_at=row["occurred_at"],
            body=row["body"],
        )
        assert (row["seq"], row["prev_hash"], row["hash"]) == (seq, previous, expected)
        previous = expected
    head = await head_of(window, case)
    assert (head["kind"], head["seq"], head["head"]) == ("lot", len(TROUBLESOME), previous)


def test_a_value_has_one_canonical_text() -> None:
    assert canonical_json({"b": 1, "a": "腰果"}) == '{"a":"腰果","b":1}'


async def test_parallel_appends_to_one_case_form_one_chain(window: Window) -> None:
    case = new_id("lot")
    await log(window, case, LotClosed())
    await asyncio.gather(*(log(window, case, LotClosed()) for _ in range(20)))
    links = await window.sql.fetch(
        "SELECT seq, prev_hash, lag(hash) OVER (ORDER BY seq) AS before FROM events"
        " WHERE case_id = $1 ORDER BY seq",
        case_uuid(case),
    )
    assert [row["seq"] for row in links] == list(range(1, 22))
    assert all(row["prev_hash"] == row["before"] for row in links[1:])


async def test_two_parallel_openings_of_one_case_leave_one_first_event(window: Window) -> None:
    case = new_id("lot")
    opened = await asyncio.gather(
        *(log(window, case, LotClosed()) for _ in range(4)), return_exceptions=True
    )
    assert all(isinstance(o, PostgresError) for o in opened if o is not None)
    assert (await head_of(window, case))["seq"] == opened.count(None) >= 1


async def test_a_step_happens_once_in_a_case(window: Window) -> None:
    case = new_id("lot")
    await log(window, case, LotClosed(), step="release")
    with pytest.raises(PostgresError) as broken:
        await log(window, case, LotClosed(), step="release")
    assert "step" in str(broken.value.constraint_name)
    assert (await head_of(window, case))["seq"] == 1


@pytest.mark.parametrize("change", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
async def test_not_even_the_databases_superuser_changes_an_event(
    window: Window, change: str
) -> None:
    case = new_id("lot")
    await log(window, case, LotClosed())
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await window.sql.execute(f"{change} WHERE case_id = $1", case_uuid(case))


async def test_the_version_counts_what_changes_the_case_and_no_note(window: Window) -> None:
    case, at = new_id("lot"), datetime(2026, 11, 18, tzinfo=UTC)
    note = ReleaseClockRanOut(release_due_at=at, order_id=None)
    shares = SharesConfirmed(tickets=1, unconfirmed=0, by_mandate=False)
    for event, version in ((shares, 1), (note, 1), (shares, 2), (note, 2)):
        await log(window, case, event, at=at)
        head = await head_of(window, case)
        assert (head["version"], head["ended_at"]) == (version, None)
    await log(window, case, LotClosed(), at=at)
    head = await head_of(window, case)
    assert (head["version"], head["ended_at"], head["seq"]) == (3, at, 5)


async def test_what_another_service_records_raises_no_version_and_ends_no_case(
    window: Window,
) -> None:
    """Accreditation's word about a lot stands on the lot's chain; the lot is declaration's."""
    types = await window.sql.fetch("SELECT * FROM event_types WHERE role = 'tw_accreditation'")
    case, opened = new_id("lot"), None
    await log(window, case, SharesConfirmed(tickets=1, unconfirmed=0, by_mandate=False))
    for row in types:
        async with window.assembly.database("accreditation").transaction() as tx:
            await append(tx, case, Event.registry[row["type"]].model_construct())
    head = await head_of(window, case)
    assert len(types) > 5
    assert (head["seq"], head["version"], head["ended_at"]) == (1 + len(types), 1, opened)
