"""Each service can write exactly its own tables, read only what is published to it, and nobody
can change what has been said in the event log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from deploy.operate.data_directory import Endpoints
from migrations.apply import function_files, load_tables, view_files
from migrations.grants import services
from services import manifests
from services.folders import role_of
from services.platform.database import metadata

ROLES: Final = {role_of(service): service for service in services()}
PLATFORM: Final = {
    "cases": {"SELECT"},
    "events": {"SELECT"},
    "stored_answers": {"SELECT"},
}
"""What every service may do with the tables it stands on; of the answers it sees its own."""
OUTBOX: Final = {"SELECT", "UPDATE", "DELETE"}
"""What the relay may do with what acts and steps wrote: put it off and, once done, delete it."""
PUT_OFF: Final = {"due_at", "attempts", "last_error"}
DRAWS: Final = {"draw_seeds", "case_draws"}
"""What whoever draws reads; a day is begun and a draw kept by functions alone."""
DRAW_FUNCTIONS: Final = {"draw_seed_commit", "case_draws_keep"}
CLOSING: Final = {"closed_by", "closed_at", "revealed"}
DRAWING: Final = {name for name, one in manifests.manifests().items() if one.draws}
REVEALING: Final = {name for name, one in manifests.manifests().items() if one.reveals}
FUNCTIONS: Final = {"lock_case", "record_act", "keep_answer", "keep_refusal"}
"""How every service that acts writes into the tables it stands on; the relay only delivers."""
HEADERS: Final = {"case_waits", "case_links"}
"""What the window alone reads; written by acts, through their one function."""
SEALS: Final = {"seals", "sealed_heads"}
"""What the relay seals by its functions, and the window tells."""
LEDGER: Final = {"ledger_accounts", "ledger_transactions", "ledger_postings"}
"""What a service that books in the ledger reads; written by the one function."""
BOOKING: Final = {name for name, one in manifests.manifests().items() if one.ledger}
MORE_FUNCTIONS: Final = {
    "window": {"receipts_missing"},
    "relay": {"months_prepare", "months_prepared", "answers_forget"},
}


def called_by(service: str) -> set[str]:
    """The functions of other owners whose files state a service as a caller."""
    found = set()
    for file in function_files():
        lines = file.read_text().splitlines()
        callers = next((line for line in lines if line.startswith("-- callers:")), "-- callers:")
        if service in callers.removeprefix("-- callers:").replace(",", " ").split():
            found.add(file.stem)
    return found


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
            if table.name == "outbox":
                expected |= {(name, table.name): OUTBOX} if service == "relay" else {}
            elif table.name in HEADERS:
                expected |= {(name, table.name): {"SELECT"}} if service == "window" else {}
            elif table.name in SEALS:
                may = {"SELECT"} if service in ("relay", "window") else set()
                expected |= {(name, table.name): may} if may else {}
            elif table.name in LEDGER:
                expected |= {(name, table.name): {"SELECT"}} if service in BOOKING else {}
            elif table.name in DRAWS:
                closes = (
                    {"UPDATE"} if table.name == "draw_seeds" and service in REVEALING else set()
                )
                may = {"SELECT"} | closes
                expected |= {(name, table.name): may} if service in DRAWING else {}
            elif table.info["owner"] == service:
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
                    expected[role_of(reader.strip()), view] = {"SELECT"}

    assert await _privileges(superuser, "v") == expected


async def test_the_relay_changes_of_a_tell_only_when_it_is_tried_again(
    superuser: asyncpg.Connection,
) -> None:
    columns = await superuser.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attnum > 0"
        " AND has_column_privilege('tw_relay', attrelid, attnum, 'UPDATE')"
    )

    assert {row["attname"] for row in columns} == PUT_OFF


async def test_who_reveals_a_seed_changes_nothing_else_of_it(
    superuser: asyncpg.Connection,
) -> None:
    for role in map(role_of, REVEALING):
        columns = await superuser.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'draw_seeds'::regclass"
            " AND attnum > 0 AND has_column_privilege($1::name, attrelid, attnum, 'UPDATE')",
            role,
        )
        assert {row["attname"] for row in columns} == CLOSING


async def test_each_role_calls_the_functions_that_are_its_own_to_call(
    superuser: asyncpg.Connection,
) -> None:
    """Of those that do what their caller may not do; ``append_event`` is nobody's but an act's."""
    rows = await superuser.fetch(
        "SELECT r.rolname, p.proname FROM pg_proc AS p, pg_roles AS r"
        " WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND r.rolname = ANY($1)"
        " AND has_function_privilege(r.oid, p.oid, 'EXECUTE')",
        list(ROLES),
    )

    found = {name: {r["proname"] for r in rows if r["rolname"] == name} for name in ROLES}
    expected = {
        name: (set() if of == "relay" else FUNCTIONS)
        | MORE_FUNCTIONS.get(of, set())
        | ({"ledger_book"} if of in BOOKING else set())
        | (DRAW_FUNCTIONS if of in DRAWING else set())
        | called_by(of)
        for name, of in ROLES.items()
    }
    assert found == expected


async def test_not_even_the_owner_changes_the_log(superuser: asyncpg.Connection) -> None:
    opening = await superuser.fetchrow("SELECT type, changes FROM event_types WHERE NOT ends")
    assert opening is not None
    append = "SELECT append_event(gen_random_uuid(), 'xyz', $1, 'x', '{}', '{}', now())"
    for statement in ("UPDATE events SET body = '{}'", "DELETE FROM events", "TRUNCATE events"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with superuser.transaction():
                await superuser.execute("SET LOCAL ROLE tw_owner")
                await superuser.execute(append, opening["type"])
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
