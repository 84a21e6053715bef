"""Each process has a secrets file of its own, with what it needs and nothing else."""

from __future__ import annotations

import base64
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from deploy import cli
from deploy.operate.secret_shares import NEEDS, excess, make, renew, require, share, split
from services.platform.sealing import key_id
from services.platform.secret_file import SecretFile, SettingsError
from services.platform.settings import Settings
from tests.deploy.commands import COMMANDS


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / "master.json"
    make(path)
    return path


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def flat(found: dict[str, Any]) -> set[str]:
    roles = {f"database_passwords.{role}" for role in found.get("database_passwords", {})}
    return (set(found) - {"database_passwords"}) | roles


def test_every_process_of_the_code_has_a_share() -> None:
    assert set(NEEDS) == {*COMMANDS, "migrate", "verify"}


@pytest.mark.parametrize("process", NEEDS)
def test_a_file_holds_what_its_process_needs_and_nothing_else(
    process: str, master: Path, tmp_path: Path
) -> None:
    split(master, into=tmp_path / "shares")
    file = tmp_path / "shares" / f"{process}.json"
    assert flat(content(file)) == set(NEEDS[process])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    whole = content(master)
    assert all(whole[n] == v for n, v in content(file).items() if n != "database_passwords")


def test_the_superusers_password_is_for_the_migration_alone() -> None:
    assert [p for p, needs in NEEDS.items() if "superuser_password" in needs] == ["migrate"]


def test_the_relay_has_no_key_of_persons_and_no_owners_password() -> None:
    assert not {"field_key", "hash_key", "receipt_key"} & set(NEEDS["relay"])
    assert [p for p, needs in NEEDS.items() if "database_passwords.tw_owner" in needs] == [
        "migrate"
    ]


def test_the_migration_has_no_key_at_all() -> None:
    assert not [name for name in NEEDS["migrate"] if name.endswith("_key")]


def test_a_master_file_is_completed_and_never_changed(master: Path) -> None:
    before = content(master)
    make(master)
    assert content(master) == before
    earlier = {n: v for n, v in before.items() if n != "engine_key"}
    master.write_text(json.dumps(earlier))
    make(master)
    assert earlier.items() <= content(master).items()
    assert len(base64.b64decode(content(master)["engine_key"])) == 32


def test_the_engines_key_is_renewed_in_two_steps_and_no_process_is_left_behind(
    master: Path,
) -> None:
    first = content(master)["engine_key"]
    renew(master)
    announced = content(master)
    assert announced["engine_key"] == first
    given_out = share(SecretFile.read(master), "relay")
    assert given_out["engine_key_next"] == announced["engine_key_next"]
    renew(master)
    renewed = content(master)
    assert renewed["engine_key"] == announced["engine_key_next"]
    assert renewed["engine_keys_old"] == [first]
    assert "engine_key_next" not in renewed
    assert key_id(base64.b64decode(first)) != key_id(base64.b64decode(renewed["engine_key"]))


def test_no_key_but_the_engines_users_get_its_former_ones(master: Path) -> None:
    renew(master)
    renew(master)
    for process, needs in NEEDS.items():
        given = share(SecretFile.read(master), process)
        assert ("engine_keys_old" in given) is ("engine_key" in needs)


def settings(file: Path, **changed: Any) -> Settings:
    return Settings(database_url="postgresql://db/x", secrets_file=file, **changed)


@pytest.mark.proof(keep=12)
@pytest.mark.parametrize("process", COMMANDS)
@pytest.mark.parametrize("number", range(3))
def test_a_file_that_lacks_something_says_what_and_for_whom(
    process: str, number: int, master: Path
) -> None:
    given = share(SecretFile.read(master), process)
    lacking = NEEDS[process][number % len(NEEDS[process])]
    name, _, role = lacking.partition(".")
    if role:
        del given[name][role]
    else:
        del given[name]
    file = master.with_name("lacking.json")
    file.write_text(json.dumps(given))
    with pytest.raises(
        SettingsError, match=f"has no {re.escape(lacking)}, which {process} needs; `tr"
    ):
        require(settings(file), process)


def test_a_process_that_is_given_more_works_and_says_so(master: Path) -> None:
    require(settings(master), "relay")
    assert "superuser_password" in excess(settings(master), "relay")
    file = master.with_name("relay.json")
    file.write_text(json.dumps(share(SecretFile.read(master), "relay")))
    assert excess(settings(file), "relay") == []


def test_an_engine_that_is_not_sealed_needs_no_key(master: Path) -> None:
    given = share(SecretFile.read(master), "settlement-worker")
    del given["engine_key"]
    file = master.with_name("worker.json")
    file.write_text(json.dumps(given))
    require(settings(file, engine_sealed=False), "settlement-worker")
    with pytest.raises(SettingsError, match="engine_key"):
        require(settings(file), "settlement-worker")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"field_key": "x"}', "field_key in .* is not base64"),
        ('{"field_key": "eHg="}', "has 2 bytes; a key has 32"),
        ('{"database_passwords": []}', "is not an object by role"),
    ],
)
def test_a_broken_secrets_file_is_told_in_one_sentence(
    text: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text)

    def use() -> None:
        found = settings(file)
        found.database_url_for("tw_relay") if "passwords" in text else found.key("field_key")

    with pytest.raises(SettingsError, match=said):
        use()


def test_a_missing_secrets_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read .* SECRETS_FILE names it"):
        settings(tmp_path / "none.json").key("field_key")


def test_tls_in_the_databases_address_is_sent_to_where_the_driver_reads_it(master: Path) -> None:
    found = Settings(database_url="postgresql://db/x?sslmode=verify-full", secrets_file=master)
    with pytest.raises(SettingsError, match="Take sslmode out of DATABASE_URL and set PGSSLMODE"):
        found.database_url_for("tw_relay")


def test_secrets_do_not_show_when_printed(master: Path) -> None:
    found = SecretFile.read(master)
    assert content(master)["field_key"] not in repr(found)


def test_the_command_line_knows_the_commands(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(["secrets", "split", str(master), "--into", str(tmp_path / "s")]) == 0
    assert cli.run_command(["secrets", "split", str(tmp_path / "none"), "--into", "x"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
