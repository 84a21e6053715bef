"""Bring a database to the newest schema: roles, migrations, partitions, views, grants."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from migrations import grants, partitions
from migrations.told_of_gone import payments_of_gone_goods_told
from migrations.voided import void_purchases_given_back
from migrations.vouched import names_vouched_for
from services.folders import names
from services.kernel.events import Event
from services.platform import answers, event_log, ledger, outbox, seals  # noqa: F401 - their tables
from services.platform.database import metadata
from services.platform.draws import tables  # noqa: F401 - they are the platform's

HERE: Final = Path(__file__).parent


class SchemaUnknown(Exception):
    """The database is at a revision that this tree does not have: a newer one brought it there."""

    def __init__(self, found: str, newest: str) -> None:
        super().__init__(f"{found} is not among the revisions up to {newest}")
        self.found = found
        self.newest = newest


def load_tables() -> None:
    """Import every service's tables, so that the one MetaData is complete."""
    for service in names():
        import_module(f"services.{service}.tables")


def deciding_tables() -> list[str]:
    """Every table of a service, and the ledger; the platform's others are the log itself, and what
    carries it."""
    load_tables()
    return sorted(
        table.name
        for table in metadata.sorted_tables
        if table.info["owner"] in names() or table.info.get("decides")
    )


def event_types() -> dict[str, type[Event]]:
    """Every event type by name: of every service, and the notes of all."""
    import_module("services.kernel.notes")
    for service in names():
        events = f"services.{service}.domain.events"
        # A service without a domain of its own says nothing.
        if all(find_spec(module) is not None for module in (events.rpartition(".")[0], events)):
            import_module(events)
    return {
        name: event
        for name, event in sorted(Event.registry.items())
        if event.__module__.startswith("services.")
    }


def apply(admin_url: str, passwords: dict[str, str]) -> None:
    """Bring the database to the newest schema. Safe to repeat, also while the window runs."""
    asyncio.run(apply_async(admin_url, passwords))


async def apply_async(admin_url: str, passwords: dict[str, str]) -> None:
    """As ``apply``, for callers that have a loop."""
    load_tables()
    url = admin_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    try:
        async with _alone(engine):
            # First of all: an older version changes nothing in a newer one's database, its roles'
            # passwords included.
            async with engine.connect() as connection:
                await connection.run_sync(require_known)
            await _bring_up(engine, passwords)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """One at a time per database: a second call waits until the first has published its views.

    The lock belongs to a session of its own, which no transaction of the work can end.
    """
    async with engine.connect() as session:
        await session.execution_options(isolation_level="AUTOCOMMIT")
        await session.execute(text("SELECT pg_advisory_lock(7208)"))
        try:
            yield
        finally:
            await session.execute(text("SELECT pg_advisory_unlock(7208)"))


async def _bring_up(engine: AsyncEngine, passwords: dict[str, str]) -> None:
    async with engine.begin() as connection:
        # Roles belong to the server, not to the database: two that are brought up on one server
        # at once would change the same rows. Logging in is not held up by this lock.
        await connection.exec_driver_sql("LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE")
        for statement in grants.role_statements(passwords):
            await connection.exec_driver_sql(statement)
        await connection.exec_driver_sql("GRANT CREATE, USAGE ON SCHEMA public TO tw_owner")
        # Periods that may not overlap are kept apart by temporal keys and exclusion constraints.
        await connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gist")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET ROLE tw_owner")
        await connection.commit()
        await connection.run_sync(upgrade)
        await connection.commit()
        await _publish(connection)
        await connection.commit()


async def _publish(connection: AsyncConnection) -> None:
    await partitions.bring_up(connection)
    # What cleans this table up by itself takes it first, then its row in the catalogue, which the
    # grants below change: taken here in the same order, neither waits for who waits for it.
    await connection.exec_driver_sql("LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE")
    await connection.exec_driver_sql(
        "DO $$ DECLARE v text; BEGIN FOR v IN SELECT viewname FROM pg_views"
        " WHERE schemaname = 'public' AND viewname LIKE 'v\\_%' LOOP"
        " EXECUTE format('DROP VIEW IF EXISTS %I CASCADE', v); END LOOP; END $$"
    )
    for statement in grants.table_statements(metadata):
        await connection.exec_driver_sql(statement)
    for statement in grants.function_statements(function_files()):
        await connection.exec_driver_sql(statement)
    for statement in grants.act_statements(event_types()):
        await connection.exec_driver_sql(statement)
    for statement in grants.view_statements(view_files()):
        await connection.exec_driver_sql(statement)
    await names_vouched_for(connection)
    await void_purchases_given_back(connection)
    await payments_of_gone_goods_told(connection)
    # Last: who reads it knows that views and grants are of that revision too.
    await connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{revisions()[0]}'")


def function_files() -> list[Path]:
    """What the services and the platform do in the database for others to call."""
    return sorted((HERE / "functions").glob("*.sql"))


def view_files() -> list[Path]:
    """The published views, each after those that it reads."""
    texts = {file: file.read_text() for file in sorted((HERE / "views").glob("*.sql"))}
    owners = {view: file for file, sql in texts.items() for view in grants.views_in(sql)}
    order: TopologicalSorter[Path] = TopologicalSorter()
    for file, sql in texts.items():
        read = sorted({owners[w] for w in re.findall(r"\bv_\w+", sql) if w in owners} - {file})
        order.add(file, *read)
    return list(order.static_order())


@cache
def revisions() -> tuple[str, ...]:
    """Every revision of this tree, the newest first."""
    scripts = ScriptDirectory(str(HERE))
    return tuple(script.revision for script in scripts.walk_revisions())


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    config.attributes["target_metadata"] = metadata
    return config


def require_known(connection: Connection) -> None:
    """Raises SchemaUnknown when the database is at a revision that this tree does not have."""
    for found in MigrationContext.configure(connection).get_current_heads():
        if found not in revisions():
            raise SchemaUnknown(found, revisions()[0])


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision."""
    command.upgrade(alembic_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Run the migrations down to a revision."""
    command.downgrade(alembic_config(connection), revision)
