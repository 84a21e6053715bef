"""Commands on real servers: the environment says where, a file holds the passwords."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.data_directory import Endpoints, LocalError
from deploy.migrate import migrate_by_environment
from deploy.verify import run as verify


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


def test_a_secrets_file_that_lacks_something_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"field_key": "x"}))
    with pytest.raises(LocalError, match="it needs field_key, hash_key"):
        migrate_by_environment({"DATABASE_URL": "postgresql://db/x", "SECRETS_FILE": str(file)})


def test_a_missing_address_is_told_in_one_sentence() -> None:
    with pytest.raises(LocalError, match="Set DATABASE_URL"):
        migrate_by_environment({"SECRETS_FILE": "x"})
