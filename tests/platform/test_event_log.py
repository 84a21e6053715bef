"""The event log: the database links what the kernel can recompute, and nothing is ever changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import asyncpg
import pytest
from asyncpg import PostgresError

from services.declaration.domain.events import LotCancelled, LotClosed
from services.kernel.events import GENESIS, Event, canonical_json, link_hash
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import SYSTEM, Actor
from services.platform import event_log
from tests.support.window import Window

TROUBLESOME = [
    "带壳腰果，越南芒街",
    'quotes " and \\ and / and \x1f and \n',
    "Nguyễn Văn A — 14C-12345 🚚",
    "",
    "e\u0301 is not \u00e9",
]


async def append(window: Window, case: str, event: Event, **changes: object) -> int:
    values = {"step": uuid4().hex, "actor": SYSTEM, "at": datetime.now(UTC), **changes}
    async with window.assembly.database("declaration").transaction() as tx:
        return await event_log.append(tx, case=case, event=event, **values)  # type: ignore[arg-type]


async def test_the_database_links_events_with_the_hash_the_kernel_computes(
    window: Window,
) -> None:
    case = new_id("lot")
    hanoi = timezone(timedelta(hours=7))
    for number, reason in enumerate(TROUBLESOME):
        actor = Actor(subject=f"s{number}", party="group:第一组", role="clerk", port="DONGXING")
        at = datetime(2026, 11, 18, 9, 0, number, 123456, tzinfo=hanoi)
        await append(window, case, LotCancelled(reason=reason), actor=actor, at=at)
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
    head = await window.sql.fetchrow(
        "SELECT seq, head FROM cases WHERE case_id = $1", case_uuid(case)
    )
    assert head is not None
    assert (head["seq"], head["head"]) == (len(TROUBLESOME), previous)


def test_a_value_has_one_canonical_text() -> None:
    assert canonical_json({"b": 1, "a": "腰果"}) == '{"a":"腰果","b":1}'


async def test_parallel_appends_to_one_case_form_one_chain(window: Window) -> None:
    case = new_id("lot")
    await append(window, case, LotClosed())
    numbers = await asyncio.gather(*(append(window, case, LotClosed()) for _ in range(20)))
    assert sorted(numbers) == list(range(2, 22))
    links = await window.sql.fetch(
        "SELECT prev_hash, lag(hash) OVER (ORDER BY seq) AS before FROM events"
        " WHERE case_id = $1 ORDER BY seq",
        case_uuid(case),
    )
    assert all(row["prev_hash"] == row["before"] for row in links[1:])


async def test_two_parallel_openings_of_one_case_leave_one_first_event(window: Window) -> None:
    case = new_id("lot")
    opened = await asyncio.gather(
        *(append(window, case, LotClosed()) for _ in range(4)), return_exceptions=True
    )
    seqs = sorted(o for o in opened if isinstance(o, int))
    assert seqs == list(range(1, len(seqs) + 1))
    assert all(isinstance(o, PostgresError) for o in opened if not isinstance(o, int))


async def test_a_step_happens_once_in_a_case(window: Window) -> None:
    case = new_id("lot")
    await append(window, case, LotClosed(), step="release", answer="done")
    with pytest.raises(PostgresError) as broken:
        await append(window, case, LotClosed(), step="release")
    assert "step" in str(broken.value.constraint_name)
    async with window.assembly.database("declaration").reading() as tx:
        assert await event_log.recorded(tx, case, "release") == "done"
        assert await event_log.recorded(tx, case, "close") is None


@pytest.mark.parametrize("change", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
async def test_not_even_the_databases_superuser_changes_an_event(
    window: Window, change: str
) -> None:
    case = new_id("lot")
    await append(window, case, LotClosed())
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await window.sql.execute(f"{change} WHERE case_id = $1", case_uuid(case))


@pytest.mark.parametrize("service", ["registry", "declaration", "inspection", "settlement"])
async def test_a_service_appends_by_the_function_and_in_no_other_way(
    window: Window, service: str
) -> None:
    role = f"tw_{service}"
    for privilege, allowed in {"SELECT": True, "INSERT": False, "UPDATE": False}.items():
        held = await window.sql.fetchval(
            "SELECT has_table_privilege($1, 'events', $2)", role, privilege
        )
        assert held is allowed, privilege
