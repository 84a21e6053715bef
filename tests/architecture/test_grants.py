"""Each service can write exactly its own tables, read only what is published to it, and nobody
can change what has been said in the event log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from deploy.data_directory import Endpoints
from deploy.settings import settings_of
from migrations.apply import load_tables, view_files
from migrations.grants import SERVICES, role
from services.platform.database import metadata

ROLES: Final = {role(service): service for service in SERVICES}
PLATFORM: Final = {
    "cases": {"SELECT"},
    "events": {"SELECT"},
    "outbox": {"INSERT"},
    "idempotency_keys": {"SELECT", "INSERT", "UPDATE"},
}
"""What every service may do with the tables it stands on."""


@pytest.fixture
async def superuser(stack: Endpoints) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url)
    yield connection
    await connection.close()


async def _privileges(sql: asyncpg.Connection, kinds: str) -> dict[tuple[str, str], set[str]]:
    """(role, relation) -> what the role may do with it, column grants included."""
    rows = await sql.fetch(
        """
        SELECT r.rolname, c.relname, p.privilege
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
        CROSS JOIN pg_roles AS r
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'])
            AS p (privilege)
        WHERE r.rolname = ANY($1) AND c.relkind::text = ANY($2::text[])
            AND (
                has_table_privilege(r.oid, c.oid, p.privilege)
                OR p.privilege IN ('SELECT', 'INSERT', 'UPDATE')
                    AND has_any_column_privilege(r.oid, c.oid, p.privilege)
            )
        """,
        list(ROLES),
        list(kinds),
    )
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        found.setdefault((row["rolname"], row["relname"]), set()).add(row["privilege"])
    return found


async def test_each_role_may_do_with_tables_exactly_what_their_owner_states(
    superuser: asyncpg.Connection,
) -> None:
    load_tables()
    expected: dict[tuple[str, str], set[str]] = {}
    for name, service in ROLES.items():
        for table in metadata.sorted_tables:
            if table.info["owner"] == service:
                expected[name, table.name] = {"SELECT", "INSERT", "UPDATE", "DELETE"}
            elif table.name in PLATFORM:
                expected[name, table.name] = PLATFORM[table.name]

    assert await _privileges(superuser, "rp") == expected


async def test_each_role_reads_exactly_the_views_published_to_it(
    superuser: asyncpg.Connection,
) -> None:
    expected = {}
    for file in view_files():
        lines = file.read_text().splitlines()
        readers = next(line for line in lines if line.startswith("-- readers:"))
        for reader in readers.removeprefix("-- readers:").split(","):
            for line in lines:
                if line.startswith("CREATE OR REPLACE VIEW "):
                    view = line.removeprefix("CREATE OR REPLACE VIEW ").split()[0]
                    expected[role(reader.strip()), view] = {"SELECT"}

    assert await _privileges(superuser, "v") == expected


async def test_events_are_appended_through_the_function_only(
    stack: Endpoints, stack_home: Path
) -> None:
    settings = settings_of(stack_home, endpoints=stack)
    for name in ROLES:
        url = settings.database_url_for(name)
        sql = await asyncpg.connect(url)
        for statement in (
            "INSERT INTO events (case_id, seq, type, step, actor, body, occurred_at, prev_hash,"
            " hash) VALUES (gen_random_uuid(), 1, 'X', 'x', '{}', '{}', now(), '', '')",
            "UPDATE events SET body = '{}'",
            "DELETE FROM events",
            "DELETE FROM events_default",
            "TRUNCATE events",
            "UPDATE cases SET seq = 0",
            "ALTER TABLE events DISABLE TRIGGER ALL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sql.execute(statement)
        allowed = await sql.fetchval(
            "SELECT has_function_privilege(current_user, oid, 'EXECUTE') FROM pg_proc"
            " WHERE proname = 'append_event'"
        )
        await sql.close()
        assert allowed


async def test_not_even_the_owner_changes_the_log(superuser: asyncpg.Connection) -> None:
    for statement in ("UPDATE events SET body = '{}'", "DELETE FROM events", "TRUNCATE events"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with superuser.transaction():
                await superuser.execute("SET LOCAL ROLE tw_owner")
                await superuser.execute(
                    "SELECT append_event(gen_random_uuid(), 'lot', 'X', 'x', '{}', '{}', now())"
                )
                await superuser.execute(statement)


async def test_no_role_is_more_than_a_plain_login(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tw\\_%' AND (rolsuper OR rolcreaterole"
        " OR rolcreatedb OR rolreplication OR rolbypassrls)"
    )

    assert rows == []


async def test_nobody_else_is_let_at_a_table(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "SELECT relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND relkind IN ('r', 'p', 'v')"
        " AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    )

    assert rows == []
