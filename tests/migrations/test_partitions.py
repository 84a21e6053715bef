"""Each row of a month in the month's own partition, also when it was there before the partition."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.settings import settings_of
from deploy.operate.verify import verify
from migrations.apply import apply_async
from services.declaration.domain.events import LotClosed, LotReleased
from services.folders import names
from services.kernel.identifiers import new_uuid, show
from services.platform.database import Database
from services.platform.settings import role_of
from tests.support.acts import append

pytestmark = pytest.mark.slow

TABLES = ("events", "tickets")


@dataclass
class Record:
    """A migrated database of its own."""

    endpoints: Endpoints
    home: Path
    superuser: asyncpg.Connection

    def database(self, service: str) -> Database:
        """A pool under a service's own role."""
        role = role_of(service)
        settings = settings_of(self.home, endpoints=self.endpoints)
        return Database(settings.database_url_for(role), role=role, pool_size=1)

    async def migrate(self) -> None:
        """As `tradewindow migrate`."""
        passwords = DataDirectory(self.home).secrets().database_passwords
        await apply_async(self.endpoints.database_url, dict(passwords))

    async def forget_the_months(self) -> None:
        """As if nobody had migrated for longer than months are prepared."""
        for table in TABLES:
            for name in await self.partitions(table):
                await self.superuser.execute(f'DROP TABLE "{name}"')

    async def partitions(self, table: str) -> list[str]:
        """The months' partitions, the default one left out."""
        rows = await self.superuser.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
            " WHERE inhparent = $1::text::regclass ORDER BY 1",
            table,
        )
        return [row["name"] for row in rows if row["name"] != f"{table}_default"]

    async def months(self, ahead: int, behind: int = 0) -> list[date]:
        """The first days of the months around now, as the database's clock has it."""
        rows = await self.superuser.fetch(
            "SELECT generate_series(m - make_interval(months => $2), m + make_interval(months =>"
            " $1), '1 month')::date AS day"
            " FROM date_trunc('month', now() AT TIME ZONE 'UTC') AS m",
            ahead,
            behind,
        )
        return [row["day"] for row in rows]

    async def file_case(self, case: UUID) -> None:
        """Two events and a ticket under one key."""
        database = self.database("declaration")
        async with database.transaction() as tx:
            for event in (LotReleased(lane="GREEN", in_time=True), LotClosed()):
                await append(tx, show("lot", case), event)
        await database.close()
        await self.superuser.execute(
            "INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor,"
            " currency) VALUES ($1, 1, $2, $2, 1, 1, 'CNY')",
            case,
            new_uuid(),
        )

    async def whereabouts(self, case: UUID) -> set[str]:
        """The partitions that a case's rows lie in."""
        rows = await self.superuser.fetch(
            "SELECT tableoid::regclass::text AS name FROM events WHERE case_id = $1"
            " UNION SELECT tableoid::regclass::text FROM tickets WHERE lot_id = $1",
            case,
        )
        return {row["name"] for row in rows}

    async def rows(self) -> list[list[asyncpg.Record]]:
        """Everything in the two tables, to the last column."""
        return [
            await self.superuser.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES
        ]


@pytest.fixture
async def record(stack: Endpoints, stack_home: Path) -> AsyncIterator[Record]:
    name = f"months_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE tradewindow')
    endpoints = replace(stack, database_url=f"{server}/{name}")
    superuser = await asyncpg.connect(endpoints.database_url)
    yield Record(endpoints, stack_home, superuser)
    await superuser.close()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


def key_of(day: date, hour: int = 0) -> UUID:
    """A UUIDv7 as one is made at an hour of a day (UTC)."""
    instant = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    made = int(instant.timestamp() * 1000) << 80
    return UUID(int=made | (new_uuid().int & ((1 << 80) - 1)))


async def test_rows_that_came_before_their_partition_are_brought_into_it(record: Record) -> None:
    await record.forget_the_months()
    months = await record.months(6, behind=3)
    cases = {month: [key_of(month), key_of(month.replace(day=28), 23)] for month in months}
    for keys in cases.values():
        for case in keys:
            await record.file_case(case)
            assert await record.whereabouts(case) == {"events_default", "tickets_default"}
    before = await record.rows()

    await record.migrate()

    for month, keys in cases.items():
        for case in keys:
            assert await record.whereabouts(case) == {f"{t}_{month:%Y_%m}" for t in TABLES}
    assert await record.rows() == before
    window = record.database("window")
    report = await verify(window)
    await window.close()
    assert (report.broken, report.events) == (0, 4 * len(months))


async def test_what_was_brought_in_and_what_stayed_are_append_only_as_before(
    record: Record,
) -> None:
    await record.forget_the_months()
    (month,) = await record.months(0)
    moved, stayed = key_of(month), key_of(date(2090, 1, 1))
    for case in (moved, stayed):
        await record.file_case(case)
    await record.migrate()
    assert await record.whereabouts(stayed) == {"events_default", "tickets_default"}
    for case in (moved, stayed):
        for act in ("UPDATE events SET body = '{}'", "DELETE FROM events"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await record.superuser.execute(f"{act} WHERE case_id = $1", case)
    service = await asyncpg.connect(_url(record, "declaration"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(f"DELETE FROM events_{month:%Y_%m}")
    await service.close()


async def test_a_second_migration_finds_nothing_left_to_bring_in(record: Record) -> None:
    await record.forget_the_months()
    (month,) = await record.months(0)
    await record.file_case(key_of(month))
    await record.migrate()
    once = await record.rows(), await record.partitions("events")
    await record.migrate()
    assert (await record.rows(), await record.partitions("events")) == once
    await record.file_case(key_of(month, 1))


async def test_the_relay_prepares_the_coming_months_and_can_do_no_more(record: Record) -> None:
    await record.forget_the_months()
    relay = await asyncpg.connect(_url(record, "relay"))
    assert await relay.fetchval("SELECT months_prepared('events')") == 0
    assert await relay.fetchval("SELECT months_prepare()") == 14
    assert await relay.fetchval("SELECT months_prepare()") == 0
    for table in TABLES:
        assert await relay.fetchval("SELECT months_prepared($1)", table) == 6
        expected = [f"{table}_{month:%Y_%m}" for month in await record.months(6)]
        assert await record.partitions(table) == expected
    for statement in (
        "SELECT month_make('events', date '2050-01-01')",
        "CREATE TABLE mine (a int)",
        "SELECT 1 FROM events_default FOR UPDATE",
        f"DROP TABLE events_{(await record.months(0))[0]:%Y_%m}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await relay.execute(statement)
    await relay.close()


async def test_no_other_service_prepares_months_or_forgets_answers(record: Record) -> None:
    for service in names():
        sql = await asyncpg.connect(_url(record, service))
        for function in ("months_prepare()", "answers_forget()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sql.execute(f"SELECT {function}")
        await sql.close()


async def test_a_table_that_has_gathered_rows_is_left_to_the_migration(record: Record) -> None:
    await record.forget_the_months()
    months = await record.months(6)
    early = key_of(months[2])
    await record.file_case(early)
    relay = await asyncpg.connect(_url(record, "relay"))
    await relay.execute("SELECT months_prepare()")
    assert await relay.fetchval("SELECT months_prepared('events')") == 0
    assert await record.whereabouts(early) == {"events_default", "tickets_default"}
    await record.migrate()
    assert await relay.fetchval("SELECT months_prepared('events')") == 6
    assert await record.whereabouts(early) == {f"{t}_{months[2]:%Y_%m}" for t in TABLES}
    await relay.close()


def _url(record: Record, service: str) -> str:
    settings = settings_of(record.home, endpoints=record.endpoints)
    return settings.database_url_for(role_of(service))
