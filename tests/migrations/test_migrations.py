"""Migrations go up, down and up again; the tables as described are the tables there are."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.operate.data_directory import DataDirectory, Endpoints
from migrations.apply import alembic_config, apply_async, downgrade, load_tables, upgrade
from services.platform.database import metadata

# The log's transaction number; SQLAlchemy has no type for it and need not read it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'"),
    pytest.mark.slow,
]
PLATFORM_ONLY = {"alembic_version"}
LOG = {"events", "cases"}
ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture
async def empty(stack: Endpoints) -> AsyncIterator[AsyncEngine]:
    """A database without anything in it, on the servers of the test run."""
    name = f"migrate_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{server}/{name}".replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("GRANT CREATE, USAGE ON SCHEMA public TO tw_owner"))
        await connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
    yield engine
    await engine.dispose()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def migrated(stack: Endpoints) -> AsyncIterator[AsyncEngine]:
    """The migrated database of the test run."""
    url = stack.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()


async def test_up_down_and_up_again(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(upgrade)
        await connection.commit()
        first = await connection.run_sync(_shape)
        await connection.run_sync(downgrade, "base")
        await connection.commit()
        nothing = await connection.run_sync(_shape)
        await connection.run_sync(upgrade)
        await connection.commit()
        second = await connection.run_sync(_shape)

    assert set(nothing) <= PLATFORM_ONLY
    assert len(first) > 40
    assert first == second


async def test_each_step_down_can_be_taken_alone(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(upgrade)
        await connection.commit()
        above = "head"
        for revision in reversed(("0001_platform", *await _between(connection))):
            for step, to in ((downgrade, revision), (upgrade, above), (downgrade, revision)):
                await connection.run_sync(step, to)
                await connection.commit()
            above = revision
        await connection.run_sync(upgrade)
        await connection.commit()


async def test_where_a_lot_has_several_orders_the_way_back_says_that_it_is_closed(
    empty: AsyncEngine,
) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(upgrade)
        await connection.commit()
        await connection.execute(
            text(
                "INSERT INTO inspection_orders (order_id, lot_id, port, lane, method_ordered,"
                " perishable, business_on, state, round, draw_no, officers, opened_at)"
                " SELECT gen_random_uuid(), CAST(:lot AS uuid), 'P', 'RED', 'FULL', false, now(),"
                " 'UNSTAFFED', 0, 0, '{}', now() FROM generate_series(1, 2)"
            ),
            {"lot": str(uuid4())},
        )
        await connection.commit()
        with pytest.raises(IntegrityError, match="beside an order that they had"):
            await connection.run_sync(downgrade, "0016_goods_and_entries")


CORRECTED = (
    "INSERT INTO movements (purchase_id, seal_no, vehicle_plate, dispatched_at)"
    " VALUES ('{id}', 'S', 'P', now())",
    "INSERT INTO books (book_id, enterprise_code, port, period_from, period_to, state, opened_at)"
    " VALUES ('{id}', '4506000001', 'DONGXING', '2026-01-01', '2026-12-31', 'OPEN', now())",
    "INSERT INTO book_materials (book_id, material_hs, received_kg) VALUES ('{id}', '0801', 1000)",
    "INSERT INTO receipts (receipt_id, purchase_id, book_id, material_hs, bought_kg, received_kg,"
    " seal_intact, received_at) VALUES ('{id}', '{id}', '{id}', '0801', 1000, 10000, true, now())",
    "INSERT INTO corrections (correction_id, book_id, kind, receipt_id, material_hs, former,"
    " becomes, delta_kg, grounds, state, asked_by, asked_at, decided_by, decided_at, reason)"
    " VALUES ('{id}', '{id}', 'RECEIPT', '{id}', '0801', '{{}}', '{{}}', -9000, 'mistyped',"
    " 'CONSENTED', 'a', now(), 'b', now(), 'the slip')",
)
"""A book into which ten thousand were written for a thousand, and put right."""


async def test_a_book_with_a_corrected_weight_takes_entries_after_the_way_back(
    empty: AsyncEngine,
) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(upgrade)
        await connection.execute(text("RESET ROLE"))
        await connection.execute(text("SET session_replication_role = replica"))
        book_id = uuid4()
        for statement in CORRECTED:
            await connection.exec_driver_sql(statement.format(id=book_id))
        await connection.execute(text("SET session_replication_role = origin"))
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(downgrade, "0019_bank_words")
        await connection.commit()
        # Its balance is judged with each entry; a scale's grams stand for one.
        await connection.execute(text("UPDATE book_materials SET closing_kg = 1"))
        await connection.commit()
        weighed = await connection.execute(text("SELECT received_kg FROM receipts"))
        assert weighed.scalar_one() == 1000


LINES: Final = (
    ("70010000", None, "2020-01-01", "was"),
    ("70010000", "2020-01-01", "2099-01-01", "is"),
    ("70010000", "2099-01-01", None, "is to be"),
    ("70020000", "2010-01-01", "2011-01-01", "was first"),
    ("70020000", "2012-01-01", "2013-01-01", "was last"),
    ("70030000", "2020-01-01", None, "is alone"),
)
"""Of each code from when to when it said what."""


async def test_a_code_has_one_row_after_the_way_back_that_says_what_it_says_today(
    empty: AsyncEngine,
) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SET ROLE tw_owner"))
        await connection.commit()
        await connection.run_sync(upgrade)
        for code, begins, ends, says in LINES:
            await connection.execute(
                text(
                    "INSERT INTO commodities (hs_code, name_zh, name_en, perishable,"
                    " effective_from, effective_to) VALUES (:code, :says, :says, false,"
                    " CAST(CAST(:begins AS text) AS date), CAST(CAST(:ends AS text) AS date))"
                ),
                {"code": code, "says": says, "begins": begins, "ends": ends},
            )
        await connection.commit()
        await connection.run_sync(downgrade, "0046_screening_lists")
        await connection.commit()
        left = await connection.execute(
            text(
                "SELECT hs_code, name_en, CAST(effective_from AS text), CAST(effective_to AS text)"
                " FROM commodities WHERE hs_code LIKE '70%' ORDER BY hs_code"
            )
        )
        assert [tuple(row) for row in left] == [
            ("70010000", "is", None, "2099-01-01"),
            ("70020000", "was last", "2010-01-01", "2013-01-01"),
            ("70030000", "is alone", "2020-01-01", None),
        ]


async def _between(connection: Any) -> tuple[str, ...]:
    def revisions(sync: Connection) -> tuple[str, ...]:
        script = ScriptDirectory.from_config(alembic_config(sync))
        return tuple(r.revision for r in reversed(list(script.walk_revisions())))[1:-1]

    found: tuple[str, ...] = await connection.run_sync(revisions)
    return found


def _shape(connection: Connection | Engine) -> dict[str, list[str]]:
    """Every table with its columns, checks, keys and indexes."""
    seen = inspect(connection)
    return {
        table: [
            *(f"{c['name']} {c['type']} {c['nullable']}" for c in seen.get_columns(table)),
            *sorted(str(c["name"]) for c in seen.get_check_constraints(table)),
            *sorted(str(c["name"]) for c in seen.get_foreign_keys(table)),
            *sorted(str(c["name"]) for c in seen.get_indexes(table)),
        ]
        for table in sorted(seen.get_table_names())
    }


async def test_tables_as_described_are_the_tables_there_are(migrated: AsyncEngine) -> None:
    load_tables()
    async with migrated.connect() as connection:
        differences = await connection.run_sync(_differences)

    assert differences == []


def _differences(connection: Connection) -> list[str]:
    """Columns, their types and whether they may be null; keys and checks are the migration's."""
    seen = inspect(connection)
    found = []
    for table in metadata.sorted_tables:
        there = {c["name"]: c for c in seen.get_columns(table.name)}
        hidden = {"xid"} if table.name in LOG else set()
        for name in sorted((set(there) ^ set(table.columns.keys())) - hidden):
            found.append(f"{table.name}.{name} is on one side only")
        context = MigrationContext.configure(connection)
        for column in table.columns:
            if column.name not in there:
                continue
            actual = there[column.name]
            if actual["nullable"] != bool(column.nullable):
                found.append(f"{table.name}.{column.name} nullable={actual['nullable']}")
            if _family(actual["type"], context) != _family(column.type, context):
                found.append(f"{table.name}.{column.name}: {actual['type']!r} {column.type!r}")
    return found


def _family(type_: Any, context: MigrationContext) -> str:
    """A type as PostgreSQL names it; text and fixed-length text read the same."""
    name = str(type_.compile(dialect=context.dialect)).lower()
    return "text" if name.startswith(("char", "varchar", "text", "bpchar")) else name


async def test_every_table_has_an_owner_and_is_described(migrated: AsyncEngine) -> None:
    load_tables()
    async with migrated.connect() as connection:
        there = await connection.execute(
            text(
                "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n"
                " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
                " AND NOT c.relispartition"
            )
        )
        names = set(there.scalars())

    assert names - PLATFORM_ONLY == {table.name for table in metadata.sorted_tables}
    assert all("owner" in table.info for table in metadata.sorted_tables)


async def test_three_who_migrate_at_once_take_turns(stack: Endpoints, stack_home: Path) -> None:
    name = f"at_once_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(stack.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()
    url = f"{stack.database_url.rpartition('/')[0]}/{name}"
    passwords = dict(DataDirectory(stack_home).secrets().database_passwords)
    await asyncio.gather(*(apply_async(url, passwords) for _ in range(3)))


async def test_who_publishes_and_what_cleans_up_meanwhile_never_wait_for_each_other(
    stack: Endpoints, stack_home: Path
) -> None:
    """After fifty migrations the table of their number is cleaned up while views are published."""
    name = f"cleaned_{uuid4().hex[:8]}"
    url = f"{stack.database_url.rpartition('/')[0]}/{name}"
    passwords = dict(DataDirectory(stack_home).secrets().database_passwords)
    admin = await asyncpg.connect(stack.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    await apply_async(url, passwords)
    cleaner, looking = await asyncpg.connect(url), await asyncpg.connect(url)
    cleans = cleaner.transaction()
    await cleans.start()
    await cleaner.execute("LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE")
    publishes = asyncio.create_task(apply_async(url, passwords))
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = $1::regclass AND NOT granted)"
    while not await looking.fetchval(waits, "alembic_version"):
        assert not publishes.done(), "it waits for its turn"
        await asyncio.sleep(0.05)
    await cleaner.execute("GRANT SELECT ON alembic_version TO PUBLIC")
    await cleans.commit()
    await publishes
    await looking.close()
    await cleaner.close()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def test_databases_of_one_server_are_migrated_side_by_side(
    stack: Endpoints, stack_home: Path
) -> None:
    """Roles belong to the server: without taking turns there, one of two would fail."""
    names = [f"beside_{uuid4().hex[:8]}" for _ in range(4)]
    admin = await asyncpg.connect(stack.database_url)
    for name in names:
        await admin.execute(f'CREATE DATABASE "{name}"')
    server = stack.database_url.rpartition("/")[0]
    command = [sys.executable, "-P", "-m", "deploy", "migrate", "--home", str(stack_home)]
    begun = [
        await asyncio.create_subprocess_exec(
            *command, "--database-url", f"{server}/{name}", env={**os.environ, "PYTHONPATH": ROOT}
        )
        for name in names
    ]
    assert await asyncio.gather(*(process.wait() for process in begun)) == [0] * len(names)
    for name in names:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
