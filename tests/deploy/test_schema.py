"""A process serves on the schema of its own version or of a newer one, and on no older."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.operate.data_directory import Endpoints
from deploy.operate.parts import until_cancelled
from deploy.operate.schema import on_its_schema, require_schema
from deploy.operate.settings import settings_of
from migrations.apply import revisions
from services.platform.database import Database, DatabaseUnreachable
from services.platform.settings import SettingsError
from tests.deploy.test_processes_with_their_share import deployed, ended
from tests.support.ports import free_port

ROLE = "tw_declaration"


@pytest.fixture
async def elsewhere(stack: Endpoints) -> AsyncIterator[Endpoints]:
    """A database of its own on the servers of the test run, which nobody has brought up."""
    name = f"schema_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    superuser = await asyncpg.connect(stack.database_url)
    await superuser.execute(f'CREATE DATABASE "{name}"')
    yield Endpoints(f"{server}/{name}", stack.temporal_address, stack.temporal_namespace)
    await superuser.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await superuser.close()


async def at(revision: str, endpoints: Endpoints) -> None:
    """Leave in the database what a version that ends there leaves in it last."""
    superuser = await asyncpg.connect(endpoints.database_url)
    await superuser.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text)")
    await superuser.execute(f"COMMENT ON TABLE alembic_version IS '{revision}'")
    await superuser.close()


def under(role: str, endpoints: Endpoints, home: Path) -> Database:
    url = settings_of(home, endpoints=endpoints).database_url_for(role)
    return Database(url, role=role, pool_size=1)


async def asked(endpoints: Endpoints, home: Path) -> str:
    database = under(ROLE, endpoints, home)
    try:
        return await require_schema(database)
    finally:
        await database.close()


async def test_what_migrate_has_brought_up_is_at_this_versions_revision(
    stack: Endpoints, stack_home: Path
) -> None:
    assert await asked(stack, stack_home) == revisions()[0]


async def test_a_database_that_nobody_brought_up_is_refused(
    elsewhere: Endpoints, stack_home: Path
) -> None:
    with pytest.raises(SettingsError, match=r"it is at no revision, .* Run `tradewindow migrate`"):
        await asked(elsewhere, stack_home)


async def test_an_older_schema_is_refused_by_both_revisions(
    elsewhere: Endpoints, stack_home: Path
) -> None:
    newest, before, *_ = revisions()
    await at(before, elsewhere)
    with pytest.raises(SettingsError, match=f"it is at {before}, and {newest} is needed"):
        await asked(elsewhere, stack_home)


async def test_a_newer_schema_is_served_on(elsewhere: Endpoints, stack_home: Path) -> None:
    await at("9999_of_tomorrow", elsewhere)
    assert await asked(elsewhere, stack_home) == "9999_of_tomorrow"


async def test_a_role_that_the_database_refuses_is_told_what_makes_roles(
    stack: Endpoints, stack_home: Path
) -> None:
    right = settings_of(stack_home, endpoints=stack).database_url_for(ROLE)
    wrong = Database(right.replace(f"{ROLE}:", f"{ROLE}:not"), role=ROLE, pool_size=1)
    with pytest.raises(SettingsError, match=f"refuses {ROLE} .* Run `tradewindow migrate`"):
        await require_schema(wrong)
    await wrong.close()


async def test_a_database_that_does_not_exist_is_named_as_what_to_mend(
    stack: Endpoints, stack_home: Path
) -> None:
    nowhere = Endpoints(f"{stack.database_url.rpartition('/')[0]}/nowhere", "", "")
    with pytest.raises(SettingsError, match="no database of the name in DATABASE_URL"):
        await asked(nowhere, stack_home)


async def test_a_process_is_up_while_its_database_does_not_answer_and_looks_when_it_does(
    elsewhere: Endpoints, stack_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = under(ROLE, elsewhere, stack_home)
    reading = database.reading
    is_down = True

    def silent() -> object:
        if is_down:
            raise DatabaseUnreachable("ConnectionRefusedError")
        return reading()

    monkeypatch.setattr(database, "reading", silent)
    with pytest.raises(ExceptionGroup) as ended:
        async with on_its_schema([database]):
            is_down = False
            await asyncio.wait_for(until_cancelled(), timeout=60)
    (refused,) = ended.value.exceptions
    assert isinstance(refused, SettingsError)
    assert "The database is older" in str(refused)
    await database.close()


@pytest.mark.slow
@pytest.mark.parametrize("process", ["declaration", "relay"])
async def test_a_process_on_an_older_schema_ends_with_one_sentence_before_it_answers(
    process: str, elsewhere: Endpoints, stack_home: Path, tmp_path: Path
) -> None:
    with deployed(elsewhere, stack_home, tmp_path) as deployment:
        placed = deployment.placed(process, free_port())
        code, said = await asyncio.to_thread(ended, placed, {}, 120)
    last = [line for line in said.splitlines() if not line.startswith("{")]
    assert code == 1, said
    assert len(last) == 1, said
    assert "Run `tradewindow migrate` of this version, then start again." in last[0]
    assert '"serving"' not in said
