"""Commands on real servers: the environment says where, a file holds the passwords."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from deploy.operate.data_directory import DataDirectory, Endpoints, LocalError
from deploy.operate.migrate import bring_up, migrate_by_environment
from deploy.operate.verify import run as verify
from services.platform.settings import Settings


def environment(stack: Endpoints, stack_home: Path) -> dict[str, str]:
    parts = urlsplit(stack.database_url)
    return {
        "DATABASE_URL": f"postgresql://{parts.hostname}:{parts.port}{parts.path}",
        "SECRETS_FILE": str(stack_home / "secrets.json"),
    }


def test_migration_takes_its_server_and_its_passwords_from_the_environment(
    stack: Endpoints, stack_home: Path
) -> None:
    migrate_by_environment(environment(stack, stack_home))


async def test_verify_reads_the_database_that_the_environment_names(
    stack: Endpoints,
    stack_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(stack, stack_home).items():
        monkeypatch.setenv(name, value)
    await verify()
    assert re.search(r"^\d+ cases, \d+ events, \d+ draws: ", capsys.readouterr().out, re.MULTILINE)


def test_no_environment_makes_a_sandbox_of_a_real_window(
    stack: Endpoints, stack_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment(stack, stack_home), "SANDBOX": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert Settings.of_environment().sandbox is False


def test_a_secrets_file_that_lacks_something_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"field_key": "x"}))
    with pytest.raises(LocalError, match=r"has no database_passwords\.tw_owner, .* migrate needs"):
        migrate_by_environment({"DATABASE_URL": "postgresql://db/x", "SECRETS_FILE": str(file)})


async def database_of_its_own(stack: Endpoints) -> str:
    name = f"ahead_{uuid4().hex[:8]}"
    superuser = await asyncpg.connect(stack.database_url)
    await superuser.execute(f'CREATE DATABASE "{name}"')
    await superuser.close()
    return f"{stack.database_url.rpartition('/')[0]}/{name}"


async def test_a_database_that_a_newer_version_brought_up_is_left_alone_and_said_so(
    stack: Endpoints, stack_home: Path
) -> None:
    url = await database_of_its_own(stack)
    passwords = DataDirectory(stack_home).secrets().database_passwords
    database = await asyncpg.connect(url)
    await database.execute("CREATE TABLE alembic_version (version_num text)")
    await database.execute("INSERT INTO alembic_version VALUES ('9999_of_tomorrow')")
    with pytest.raises(LocalError) as told:
        await asyncio.to_thread(bring_up, url, passwords)
    assert "is at revision 9999_of_tomorrow, which this version does not know" in str(told.value)
    assert "\n" not in str(told.value)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert await database.fetchval(tables) == 1
    await database.close()


def test_a_server_without_the_database_is_told_in_one_sentence(
    stack: Endpoints, stack_home: Path
) -> None:
    passwords = DataDirectory(stack_home).secrets().database_passwords
    url = f"{stack.database_url.rpartition('/')[0]}/nowhere"
    with pytest.raises(LocalError, match="There is no database nowhere at"):
        bring_up(url, passwords)


def test_a_server_that_refuses_the_password_is_told_in_one_sentence(
    stack: Endpoints, stack_home: Path
) -> None:
    passwords = DataDirectory(stack_home).secrets().database_passwords
    parts = urlsplit(stack.database_url)
    url = f"postgresql://postgres:wrong@{parts.hostname}:{parts.port}{parts.path}"
    with pytest.raises(LocalError, match="refuses postgres with the superuser_password"):
        bring_up(url, passwords)


def test_a_missing_address_is_told_in_one_sentence() -> None:
    with pytest.raises(LocalError, match="Set DATABASE_URL"):
        migrate_by_environment({"SECRETS_FILE": "x"})
