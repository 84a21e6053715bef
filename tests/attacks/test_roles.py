"""Whoever has one service's password has that service's own acts and nothing else.

Each attack is made under each role, over every event type, kind of case and table there is, so that
a new service is attacked as soon as it exists.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.operate.settings import settings_of
from migrations.apply import event_types, load_tables
from migrations.grants import case_kinds, services
from services.folders import role_of
from services.kernel.events import Event
from services.kernel.identifiers import new_uuid, show
from services.kernel.notes import ActRefused
from services.platform.database import metadata
from tests.support.quiet import QuietDatabase

ROLES: Final = tuple(map(role_of, services()))
ROLES_AND_KINDS: Final = [(name, kind) for name in ROLES for kind in case_kinds()]
RECORD: Final = (
    "SELECT record_act('{}', now(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
)
REFUSED: Final = asyncpg.InsufficientPrivilegeError
NO_EVENT: Final = "appends no event|permission denied for function record_act"
"""The relay may not even try."""
ANSWERING: Final = tuple(name for name in ROLES if name != role_of("relay"))


def owner_of(event: type[Event]) -> str:
    return role_of(event.__module__.split(".")[1])


def of_services() -> dict[str, type[Event]]:
    """The event types that one service appends; a note is every owner's, on its own cases."""
    return {t: event for t, event in event_types().items() if event is not ActRefused}


def own_type(name: str) -> str:
    """An event type that a role may append."""
    return next(t for t, event in of_services().items() if owner_of(event) == name)


NOTE: Final = ActRefused.__name__
WRITERS: Final = tuple(n for n in ROLES if n in set(map(owner_of, of_services().values())))
"""Roles that append something; the others only read, and tell nobody, for a tell needs an event."""
WRITERS_AND_KINDS: Final = [(name, kind) for name in WRITERS for kind in case_kinds()]


@asynccontextmanager
async def broken_into(quiet: QuietDatabase, name: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain session under a role's own password."""
    settings = settings_of(quiet.home, endpoints=quiet.endpoints)
    connection = await asyncpg.connect(settings.database_url_for(name))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def superuser(quiet: QuietDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(quiet.endpoints.database_url)
    yield connection
    await connection.execute("DELETE FROM outbox")
    await connection.close()


async def record(
    session: asyncpg.Connection,
    case: UUID,
    kind: str,
    event: str,
    *,
    told: str | None = None,
    opens: bool = False,
) -> None:
    """End an act as the platform would: one event, and one case told if any."""
    tells: list[list[Any]] = [[], [], [], []] if told is None else [[told], [1], [opens], ["{}"]]
    one: list[list[Any]] = [[case], [kind], [event], [uuid4().hex], ["{}"]]
    await session.execute(RECORD, *one, *tells, None, None, None, None)


async def opened(superuser: asyncpg.Connection, kind: str) -> UUID:
    """A case of a kind, opened by its owner's act."""
    case, event = new_uuid(), own_type(role_of(case_kinds()[kind][0]))
    assert event is not None, f"the owner of {kind} appends nothing"
    await record(superuser, case, kind, event)
    return case


async def header(superuser: asyncpg.Connection, case: UUID) -> asyncpg.Record | None:
    return await superuser.fetchrow("SELECT * FROM cases WHERE case_id = $1", case)


def test_every_service_with_acts_is_attacked_by_every_other() -> None:
    assert {owner_of(event) for event in of_services().values()} < set(ROLES)
    assert {role_of(owner) for owner, _ in case_kinds().values()} < set(ROLES)


@pytest.mark.parametrize("name", ROLES)
async def test_no_role_appends_an_event_of_another_service(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    cases = {kind: await opened(superuser, kind) for kind in case_kinds()}
    before = {kind: await header(superuser, case) for kind, case in cases.items()}
    foreign = [t for t, event in of_services().items() if owner_of(event) != name]
    assert foreign
    async with broken_into(quiet, name) as session:
        for event in (*foreign, "NoSuchEvent", ""):
            for kind, case in cases.items():
                with pytest.raises(REFUSED, match=NO_EVENT):
                    await record(session, case, kind, event)
            with pytest.raises(REFUSED, match=NO_EVENT):
                await record(session, new_uuid(), "lot", event)
    assert {kind: await header(superuser, case) for kind, case in cases.items()} == before


@pytest.mark.parametrize(("name", "kind"), WRITERS_AND_KINDS)
async def test_a_role_opens_cases_of_its_own_kinds_only(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str, kind: str
) -> None:
    event, case = own_type(name), new_uuid()
    async with broken_into(quiet, name) as session:
        if name == role_of(case_kinds()[kind][0]):
            await record(session, case, kind, event)
            return
        with pytest.raises(REFUSED, match="opens no case"):
            await record(session, case, kind, event)
    assert await header(superuser, case) is None


@pytest.mark.proof(keep=15)
@pytest.mark.parametrize(("name", "kind"), ROLES_AND_KINDS)
async def test_a_role_ends_no_case_of_another_and_raises_no_version_of_it(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str, kind: str
) -> None:
    """Whatever kind it says that the case is: neither is the caller's to say."""
    case = await opened(superuser, kind)
    own = [t for t, event in of_services().items() if owner_of(event) == name]
    before = await header(superuser, case)
    assert before is not None
    async with broken_into(quiet, name) as session:
        for event in own:
            for said in {*case_kinds(), "xyz"} - {kind}:
                with pytest.raises(REFUSED, match="opens no case"):
                    await record(session, case, said, event)
            if name != role_of(case_kinds()[kind][0]):
                await record(session, case, kind, event)
    after = await header(superuser, case)
    assert after is not None
    assert (after["version"], after["ended_at"], after["kind"]) == (
        before["version"],
        before["ended_at"],
        kind,
    )


@pytest.mark.proof(keep=20)
@pytest.mark.parametrize(("name", "kind"), ROLES_AND_KINDS)
async def test_a_role_notes_what_it_refused_on_its_own_cases_only(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str, kind: str
) -> None:
    """And opens none with a note, and changes nothing by it."""
    case = await opened(superuser, kind)
    before = await header(superuser, case)
    assert before is not None
    own = name == role_of(case_kinds()[kind][0])
    async with broken_into(quiet, name) as session:
        if own:
            await record(session, case, kind, NOTE)
        else:
            with pytest.raises(REFUSED, match=NO_EVENT):
                await record(session, case, kind, NOTE)
        for fresh in (kind, "xyz"):
            with pytest.raises(REFUSED):
                await record(session, new_uuid(), fresh, NOTE)
    after = await header(superuser, case)
    assert after is not None
    assert (after["version"], after["ended_at"]) == (before["version"], before["ended_at"])
    assert after["seq"] - before["seq"] == int(own)


@pytest.mark.parametrize(("name", "kind"), WRITERS_AND_KINDS)
async def test_a_role_tells_the_kinds_that_are_granted_to_it(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str, kind: str
) -> None:
    event = own_type(name)
    case = show(kind, await opened(superuser, kind))
    may = name in map(role_of, case_kinds()[kind][1])
    async with broken_into(quiet, name) as session:
        for opens in (False, True):
            if may:
                await record(session, new_uuid(), "xyz", event, told=case, opens=opens)
                continue
            with pytest.raises(REFUSED, match="tells no case"):
                await record(session, new_uuid(), "xyz", event, told=case, opens=opens)
    told = await superuser.fetchval("SELECT count(*) FROM outbox WHERE told = $1", case)
    assert told == (2 if may else 0)


@pytest.mark.parametrize("name", WRITERS)
async def test_no_role_tells_a_case_of_a_kind_that_nobody_states(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    event = own_type(name)
    async with broken_into(quiet, name) as session:
        for told in ("xyz_1", "", "LOT_1", " lot_1"):
            with pytest.raises(REFUSED, match="tells no case"):
                await record(session, new_uuid(), "xyz", event, told=told)


@pytest.mark.parametrize("name", ROLES)
async def test_tables_of_a_roles_own_making_do_not_stand_in_for_what_says_what_it_may(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    foreign = next(t for t, event in of_services().items() if owner_of(event) != name)
    async with broken_into(quiet, name) as session:
        await session.execute(
            "CREATE TEMP TABLE event_types (type text, role name, changes boolean, ends boolean)"
        )
        await session.execute("CREATE TEMP TABLE case_kinds (kind text, role name, told_by name[])")
        await session.execute(
            "INSERT INTO event_types (type, role, changes, ends) VALUES ($1, $2, true, true)",
            foreign,
            name,
        )
        await session.execute("INSERT INTO case_kinds VALUES ('lot', $1, ARRAY[$1::name])", name)
        await session.execute("SET search_path = pg_temp, public")
        with pytest.raises(REFUSED, match=NO_EVENT):
            await record(session, new_uuid(), "lot", foreign)
        if name in WRITERS and name != role_of("declaration"):
            with pytest.raises(REFUSED, match="opens no case"):
                await record(session, new_uuid(), "lot", own_type(name))


@pytest.mark.parametrize("name", ROLES)
async def test_no_role_writes_a_table_that_is_not_its_own(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    """Every table of the schema, its partitions included; the platform's are nobody's."""
    load_tables()
    own = {t.name for t in metadata.sorted_tables if role_of(t.info["owner"]) == name} - {"outbox"}
    tables = await superuser.fetch(
        "SELECT c.relname AS name, (SELECT quote_ident(attname) FROM pg_attribute"
        " WHERE attrelid = c.oid AND attnum > 0 AND attidentity = '' AND attgenerated = ''"
        " ORDER BY attnum LIMIT 1) AS first FROM pg_class AS c"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    others = [t for t in tables if t["name"] not in own]
    assert {"events", "cases", "outbox", "stored_answers", "event_types", "case_kinds"} <= {
        t["name"] for t in others
    }
    async with broken_into(quiet, name) as session:
        for table in others:
            statements = [
                f'INSERT INTO "{table["name"]}" DEFAULT VALUES',
                f'UPDATE "{table["name"]}" SET {table["first"]} = {table["first"]}',
                f'TRUNCATE "{table["name"]}"',
                f'ALTER TABLE "{table["name"]}" DISABLE TRIGGER ALL',
            ]
            if (table["name"], name) != ("outbox", role_of("relay")):
                statements.append(f'DELETE FROM "{table["name"]}"')
            for statement in statements:
                with pytest.raises(REFUSED):
                    await session.execute(statement)


async def test_a_case_of_a_kind_that_nobody_states_is_its_openers_to_change_and_end(
    quiet: QuietDatabase, superuser: asyncpg.Connection
) -> None:
    seed = new_uuid()
    async with broken_into(quiet, role_of("risk")) as session:
        await record(session, seed, "sed", "DrawSeedCommitted")
    async with broken_into(quiet, role_of("declaration")) as session:
        await record(session, seed, "sed", "LotClosed")
    found = await header(superuser, seed)
    assert found is not None
    assert (found["seq"], found["version"], found["ended_at"]) == (2, 1, None)
    async with broken_into(quiet, role_of("risk")) as session:
        await record(session, seed, "sed", "DrawSeedClosed")
    changed = await header(superuser, seed)
    assert changed is not None and changed["version"] == 2


@pytest.mark.parametrize("name", ROLES)
async def test_no_role_calls_what_only_an_act_or_the_owner_calls(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    event = own_type(name) if name in WRITERS else "LotClosed"
    async with broken_into(quiet, name) as session:
        for statement in (
            f"SELECT append_event(gen_random_uuid(), 'xyz', '{event}', 'x', '{{}}', '{{}}', now())",
            "SELECT month_make('events', date '2050-01-01')",
            "SET ROLE tw_owner",
            "SET SESSION AUTHORIZATION tw_owner",
            "SET session_replication_role = replica",
            "CREATE TABLE mine (a int)",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            f"GRANT tw_owner TO {name}",
        ):
            with pytest.raises(REFUSED):
                await session.execute(statement)
        for other in set(ROLES) - {name}:
            with pytest.raises(REFUSED):
                await session.execute(f"SET ROLE {other}")


def a_receipt() -> bytes:
    return sha256(uuid4().bytes).digest()


KEEP: Final = "SELECT keep_answer($1, 'f', 200, '{}')"


@pytest.mark.parametrize("name", ANSWERING)
async def test_a_role_keeps_and_reads_its_own_answers_and_nobody_elses(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    theirs, mine = a_receipt(), a_receipt()
    for other in set(ANSWERING) - {name}:
        async with broken_into(quiet, other) as session:
            await session.execute(KEEP, theirs)
    async with broken_into(quiet, name) as session:
        await session.execute(KEEP, mine)
        seen = await session.fetch("SELECT DISTINCT role FROM stored_answers")
        assert [row["role"] for row in seen] == [name]
        one = "SELECT count(*) FROM stored_answers WHERE receipt = $1"
        assert (await session.fetchval(one, theirs), await session.fetchval(one, mine)) == (0, 1)
        # Nor is the first answer of anybody ever another one.
        with pytest.raises(asyncpg.UniqueViolationError):
            await session.execute(KEEP, mine)
        await session.execute(KEEP, theirs)
    kept = await superuser.fetch("SELECT role FROM stored_answers WHERE receipt = $1", theirs)
    assert {row["role"] for row in kept} == set(ANSWERING)


@pytest.mark.parametrize("name", ANSWERING)
async def test_a_role_keeps_an_answer_in_its_own_name_whatever_it_says(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    receipt = a_receipt()
    other = next(r for r in ROLES if r != name)
    async with broken_into(quiet, name) as session:
        with pytest.raises(REFUSED):
            await session.execute(
                "INSERT INTO stored_answers (receipt, role, fingerprint, status, body)"
                " VALUES ($1, $2, 'f', 200, '{}')",
                receipt,
                other,
            )
        await session.execute("SELECT set_config('application_name', $1, false)", other)
        await session.execute(KEEP, receipt)
    kept = await superuser.fetchval("SELECT role FROM stored_answers WHERE receipt = $1", receipt)
    assert kept == name


@pytest.mark.parametrize("status", [0, 199, 429, 500, 503])
async def test_what_says_nothing_lasting_is_kept_by_nobody(
    quiet: QuietDatabase, status: int
) -> None:
    async with broken_into(quiet, role_of("declaration")) as session:
        with pytest.raises(asyncpg.CheckViolationError):
            keep = "SELECT keep_answer($1, 'f', $2, '{}')"
            await session.execute(keep, a_receipt(), status)


@pytest.mark.parametrize("name", WRITERS)
async def test_who_acted_when_is_written_by_the_act_and_never_again(
    quiet: QuietDatabase, superuser: asyncpg.Connection, name: str
) -> None:
    """A step that was recorded is not recorded again, at whatever time and by whomever."""
    event, case = own_type(name), new_uuid()
    again = RECORD.replace("'{}', now()", "'{}', '2020-01-01'")
    async with broken_into(quiet, name) as session:
        one: list[list[Any]] = [[case], ["xyz"], [event], ["the step"], ["{}"]]
        nobody: list[Any] = [[], [], [], [], None, None, None, None]
        await session.execute(RECORD, *one, *nobody)
        with pytest.raises(asyncpg.UniqueViolationError):
            await session.execute(again, *one, *nobody)
    at = await superuser.fetchval("SELECT occurred_at FROM events WHERE case_id = $1", case)
    assert at > datetime(2026, 1, 1, tzinfo=UTC)
