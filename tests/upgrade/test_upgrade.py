"""A filled database of the version that was kept comes to this one's schema and is whole, and its
cases go on: what was promised then may not be broken."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
from stdnum.cn.ric import is_valid

from deploy.operate import replay
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.migrate import bring_up
from deploy.operate.settings import settings_of
from deploy.operate.verify import verify
from migrations.apply import revisions
from services.kernel.identifiers import case_uuid
from services.platform.database import Database
from services.platform.settings import role_of
from tests.support.lives import LIVES
from tests.support.mortals import clocks_are_not_as_filed
from tests.upgrade import kept
from tests.upgrade.keep import HALVES

HISTORIES: Final = replay.saved_in(kept.HISTORIES)
_RECORDED: Final = (
    "SELECT c.case_id, c.version, c.ended_at IS NOT NULL AS ended, count(e.*) AS events"
    " FROM cases AS c JOIN events AS e USING (case_id)"
    " WHERE e.type <> 'RecordsFound' GROUP BY 1, 2, 3 ORDER BY 1"
)
_STANDING: Final = (
    "SELECT c.case_id, c.state, c.holder, array_agg(w.code || w.desk ORDER BY w.code, w.desk)"
    " AS waits FROM cases AS c LEFT JOIN case_waits AS w USING (case_id)"
    " WHERE c.reference IS DISTINCT FROM 'records_before' GROUP BY 1 ORDER BY 1"
)
_TABLES: Final = (
    "SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
)
_FIRST_FUNCTIONS: Final = """
    DROP FUNCTION owns_kind, inspection_order_open;
    CREATE FUNCTION inspection_order_open(
        p_order uuid, p_lot uuid, p_lane text, p_method text, p_actor text, p_at timestamptz
    ) RETURNS uuid LANGUAGE sql AS $$ SELECT p_order $$;
    ALTER FUNCTION inspection_order_open OWNER TO tw_owner;
    CREATE OR REPLACE FUNCTION case_draws_keep(
        p_case text, p_draw_no integer, p_seed uuid, p_subject text, p_draws jsonb
    ) RETURNS integer LANGUAGE sql AS $$ SELECT 0 $$;
"""
_FUNCTIONS: Final = """
    SELECT p.proname AS name,
        prosrc LIKE '%owns_kind(left(p_case, 3))%' OR prosrc LIKE '%v_call_ins%'
            OR prosrc LIKE '%pg_has_role%' AS asks
    FROM pg_proc AS p
    WHERE p.proname IN ('owns_kind', 'inspection_order_open', 'case_draws_keep') ORDER BY 1
"""
_CLOCKS: Final = """
    UPDATE lots SET release_due_at = CAST(said ->> 'release_due_at' AS timestamptz)
    FROM said WHERE case_id = lot_id AND type = 'IdentityConfirmed';
    UPDATE accreditations SET due_on = CAST(said ->> 'due_on' AS date)
    FROM said WHERE case_id = aeo_id AND type = 'AccreditationAccepted';
    UPDATE accreditations SET review_due_on = CAST(said ->> 'review_due_on' AS date)
    FROM said WHERE case_id = aeo_id AND type = 'EnterpriseCertified';
    UPDATE books SET period_from = CAST(said ->> 'period_from' AS date),
        period_to = CAST(said ->> 'period_to' AS date),
        ended_on = CASE WHEN ended_on = period_to THEN CAST(said ->> 'period_to' AS date) END
    FROM said WHERE case_id = book_id AND type = 'BookOpened';
    UPDATE bank_messages SET offered_at = occurred_at
    FROM said WHERE case_id = instruction_id AND type = 'FundsReserved';
    UPDATE settlement_instructions SET offered_at = occurred_at
    FROM said WHERE case_id = instruction_id AND type = 'SettlementInstructed'
        AND offered_at IS NOT NULL;
"""
"""Where the kept version lived, days were let go by through moving these by hand: they say again
what was said of them."""
_STATED: Final = {"alembic_version", "event_types", "case_kinds"}
"""What a version says of itself, and writes anew."""
_IDENTITY: Final = re.compile(r"(?<![0-9a-f])[1-9][0-9]{5}([0-9]{4})[0-9]{7}[0-9X](?![0-9a-f])")


@pytest.fixture
async def restored(stack: Endpoints) -> AsyncIterator[Endpoints]:
    """The kept record in a database of its own, as its version left it."""
    name = f"kept_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    there = {row["rolname"] for row in await admin.fetch("SELECT rolname FROM pg_roles")}
    gone = [role for role in kept.Version.read().roles if role not in there]
    for role in gone:
        await admin.execute(f'CREATE ROLE "{role}"')
    await admin.execute(f'CREATE DATABASE "{name}"')
    endpoints = replace(stack, database_url=f"{server}/{name}")
    await asyncio.to_thread(kept.restore, endpoints.database_url)
    yield endpoints
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    for role in gone:
        await admin.execute(f'DROP ROLE "{role}"')
    await admin.close()


async def rows(endpoints: Endpoints, statement: str) -> list[dict[str, Any]]:
    superuser = await asyncpg.connect(endpoints.database_url)
    found = [dict(row) for row in await superuser.fetch(statement)]
    await superuser.close()
    return found


async def moved_back(endpoints: Endpoints) -> None:
    """What was moved by hand, and nothing else, says what its events say."""
    superuser = await asyncpg.connect(endpoints.database_url)
    async with superuser.transaction():
        await superuser.execute("SET LOCAL session_replication_role = replica")
        await superuser.execute(
            "CREATE TEMPORARY TABLE said ON COMMIT DROP AS"
            " SELECT case_id, type, occurred_at, CAST(body AS jsonb) AS said FROM events"
        )
        await superuser.execute(_CLOCKS)
    await superuser.close()


async def counted(endpoints: Endpoints) -> dict[str, int]:
    """How many rows every table holds."""
    names = {row["name"] for row in await rows(endpoints, _TABLES)} - _STATED
    every = " UNION ALL ".join(f"SELECT '{n}' AS name, count(*) AS rows FROM {n}" for n in names)
    return {row["name"]: row["rows"] for row in await rows(endpoints, every)}


@pytest.mark.slow
async def test_a_lot_that_waits_for_its_members_is_told_when_their_time_is_over(
    restored: Endpoints, stack_home: Path
) -> None:
    case = next(c for c in kept.Version.read().open_cases if c.startswith("lot_"))
    superuser = await asyncpg.connect(restored.database_url)
    lot = case_uuid(case)
    await superuser.execute("UPDATE lots SET state = 'SUBMITTED' WHERE lot_id = $1", lot)
    await superuser.execute(
        "INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)"
        " VALUES ($1, 'SHARES_TO_CONFIRM', 'group:G', 'lot', now(), 'infinity')",
        lot,
    )
    passwords = DataDirectory(stack_home).secrets().database_passwords
    await asyncio.to_thread(bring_up, restored.database_url, passwords)
    due = await superuser.fetchval("SELECT shares_due_at FROM lots WHERE lot_id = $1", lot)
    told = await superuser.fetch("SELECT told, opens, due_at FROM outbox")
    waited = "SELECT due_at FROM case_waits WHERE case_id = $1 AND code = 'SHARES_TO_CONFIRM'"
    assert due is not None
    assert [tuple(row) for row in told] == [(case, False, due)]
    assert await superuser.fetchval(waited, lot) == due
    await superuser.close()


@pytest.mark.slow
async def test_the_kept_version_is_brought_to_this_ones_schema_and_its_record_is_whole(
    restored: Endpoints, stack_home: Path
) -> None:
    before = await rows(restored, _RECORDED)
    standing, held = await rows(restored, _STANDING), await counted(restored)
    passwords = DataDirectory(stack_home).secrets().database_passwords
    await asyncio.to_thread(bring_up, restored.database_url, passwords)
    assert await rows(restored, "SELECT version_num FROM alembic_version") == [
        {"version_num": revisions()[0]}
    ]
    assert await rows(restored, _RECORDED) == before
    assert await rows(restored, _STANDING) == standing
    now = await counted(restored)
    # What was on file before filings kept digests has one event more, in a case of its own.
    for name in ("cases", "events"):
        now[name] -= 1
    # A later version may bring law; it takes none away.
    assert now.pop("policy_parameters") >= held.pop("policy_parameters")
    assert {name: now[name] for name in held if name in now} == {
        name: count for name, count in held.items() if name in now
    }

    settings = settings_of(stack_home, endpoints=restored)
    role = role_of("window")
    window = Database(settings.database_url_for(role), role=role, pool_size=1)
    # The kept version's clocks were stopped, and moved, by hand where it lived.
    clocks_are_not_as_filed()
    await moved_back(restored)
    report = await verify(window)
    await window.close()
    assert report.broken == 0, report.named


@pytest.mark.slow
async def test_a_database_with_the_first_functions_of_the_kept_schema_has_this_versions(
    restored: Endpoints, stack_home: Path
) -> None:
    """An order was opened by the caller's word for its lane, and whoever drew drew for any case."""
    superuser = await asyncpg.connect(restored.database_url)
    await superuser.execute(_FIRST_FUNCTIONS)
    await superuser.close()
    passwords = DataDirectory(stack_home).secrets().database_passwords
    await asyncio.to_thread(bring_up, restored.database_url, passwords)
    found = await rows(restored, _FUNCTIONS)
    assert [(row["name"], row["asks"]) for row in found] == [
        ("case_draws_keep", True),
        ("inspection_order_open", True),
        ("owns_kind", True),
    ]


@pytest.mark.slow
async def test_nobody_keeps_the_names_of_before_from_being_vouched_for_by_what_he_calls_a_case(
    restored: Endpoints, stack_home: Path
) -> None:
    superuser = await asyncpg.connect(restored.database_url)
    await superuser.execute("UPDATE cases SET reference = 'records_before' WHERE kind = 'lot'")
    passwords = DataDirectory(stack_home).secrets().database_passwords
    found = []
    for _ in range(2):
        await asyncio.to_thread(bring_up, restored.database_url, passwords)
        said = "SELECT count(*) FROM events WHERE type = 'RecordsFound'"
        found.append(await superuser.fetchval(said))
    await superuser.close()
    assert found == [1, 1], "said, and once"


async def test_the_kept_version_holds_open_and_ended_cases_of_every_kind_that_it_had(
    restored: Endpoints,
) -> None:
    version = kept.Version.read()
    recorded = {row["case_id"]: row for row in await rows(restored, _RECORDED)}
    for cases, ended in ((version.open_cases, False), (version.ended_cases, True)):
        assert {recorded[case_uuid(case)]["ended"] for case in cases} == {ended}
        # A kind that a later version brings is not in an earlier one.
        assert {case[:3] for case in cases} <= LIVES.keys() == HALVES.keys()
    assert {case[:3] for case in version.open_cases} == {case[:3] for case in version.ended_cases}
    assert len(HISTORIES) == len(version.open_cases) + len(version.ended_cases)


@pytest.mark.parametrize("path", HISTORIES, ids=[path.stem for path in HISTORIES])
async def test_a_case_of_the_kept_version_goes_on(path: Path) -> None:
    assert await replay.replayed(path) is None


def test_nobody_in_the_kept_record_has_lived() -> None:
    record = gzip.decompress(kept.RECORD.read_bytes()).decode()
    numbers = {found[0]: found[1] for found in _IDENTITY.finditer(record)}
    # Enterprises' codes have as many digits, and no birthday among them.
    assert not [number for number, born in numbers.items() if born >= "1900" and is_valid(number)]
