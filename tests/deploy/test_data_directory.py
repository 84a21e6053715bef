"""What a data directory promises before any server runs."""

from __future__ import annotations

import base64
import errno
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from deploy.operate import data_directory
from deploy.operate.data_directory import (
    DATABASE_ROLES,
    DataDirectory,
    LocalError,
    storage_errors_explained,
    write_once,
)


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    made = DataDirectory(tmp_path / "home")
    made.prepare()
    return made


def others_may(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o077


def test_secrets_are_made_once_and_stay(directory: DataDirectory) -> None:
    assert directory.secrets() == directory.secrets()


def test_every_role_has_a_password_of_its_own(directory: DataDirectory) -> None:
    passwords = directory.secrets().database_passwords
    assert set(passwords) == set(DATABASE_ROLES)
    assert len({*passwords.values(), directory.secrets().superuser_password}) == len(passwords) + 1


def test_keys_are_32_random_bytes(directory: DataDirectory) -> None:
    found = directory.secrets()
    keys = (found.field_key, found.hash_key, found.receipt_key, found.engine_key)
    assert [len(base64.b64decode(key)) for key in keys] == [32] * 4
    assert len(set(keys)) == 4


def test_a_directory_of_an_earlier_version_gets_the_keys_that_are_new_and_keeps_the_others(
    directory: DataDirectory,
) -> None:
    directory.secrets()
    path = directory.home / "secrets.json"
    before = json.loads(path.read_text())
    earlier = {n: v for n, v in before.items() if n not in {"receipt_key", "engine_key"}}
    path.write_text(json.dumps(earlier))
    directory.secrets()
    after = json.loads(path.read_text())
    assert after.keys() == before.keys()
    assert earlier.items() <= after.items()


def test_a_lost_field_key_is_never_made_anew(directory: DataDirectory) -> None:
    directory.secrets()
    path = directory.home / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["field_key"]
    path.write_text(json.dumps(kept))
    with pytest.raises(LocalError, match="lacks field_key"):
        directory.secrets()
    assert json.loads(path.read_text()) == kept


def test_no_other_user_can_read_secrets_or_keys(directory: DataDirectory) -> None:
    directory.secrets()
    directory.issuer_key()
    for name in ("secrets.json", "issuer.jwk"):
        assert others_may(directory.home / name) == 0
    for folder in (directory.home, directory.logs, directory.run, directory.temporal):
        assert others_may(folder) == 0


def test_a_mask_that_opens_files_does_not_open_secrets(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        directory = DataDirectory(tmp_path / "open")
        directory.prepare()
        directory.secrets()
    finally:
        os.umask(before)
    assert others_may(directory.home / "secrets.json") == 0


def test_secrets_do_not_show_when_printed(directory: DataDirectory) -> None:
    found = directory.secrets()
    shown = repr(found)
    assert found.field_key not in shown
    assert not any(password in shown for password in found.database_passwords.values())


def test_the_issuer_signs_with_one_ed25519_key_that_has_an_id(directory: DataDirectory) -> None:
    first, again = directory.issuer_key(), directory.issuer_key()
    assert first.as_dict(private=True) == again.as_dict(private=True)
    assert first.as_dict(private=False)["crv"] == "Ed25519"
    assert first.kid


def test_ports_are_chosen_once_and_stay(directory: DataDirectory) -> None:
    ports = directory.ports()
    assert ports == directory.ports()
    assert len(set(ports.values())) == len(ports)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's children are dying here: a port that is taken stays taken."""
    monkeypatch.setattr("deploy.operate.data_directory._DYING_S", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_taken_port_is_named_in_the_refusal(directory: DataDirectory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        directory.remember_port("window", port)
        with pytest.raises(LocalError, match=f"Port {port}, .* is taken"):
            directory.require_port("window")
    assert directory.require_port("window") == port


@pytest.mark.usefixtures("impatient")
def test_a_taken_port_that_a_person_asked_for_is_named_and_not_remembered(
    directory: DataDirectory,
) -> None:
    before = directory.ports()["window"]
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"^Port {port} is taken .* another port with --port"):
            directory.use_port("window", port)
        assert directory.ports()["window"] == before
    directory.use_port("window", port)
    assert directory.ports()["window"] == port


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_does_not_exist_is_refused(directory: DataDirectory, port: int) -> None:
    with pytest.raises(LocalError, match=f"There is no port {port};"):
        directory.use_port("window", port)


@pytest.mark.usefixtures("impatient")
def test_a_remembered_port_of_a_server_that_is_taken_is_chosen_anew_by_hand(
    directory: DataDirectory,
) -> None:
    with (
        socket.create_server(("127.0.0.1", directory.ports()["postgres"])),
        pytest.raises(LocalError, match=r"ports\.json.* delete the file"),
    ):
        directory.require_port("postgres")


def test_a_taken_port_can_be_replaced(directory: DataDirectory) -> None:
    with socket.create_server(("127.0.0.1", directory.ports()["temporal"])):
        before = directory.ports()
        directory.replace_taken_ports()
        changed = {name for name, port in directory.ports().items() if port != before[name]}
    assert changed == {"temporal"}


def test_a_second_holder_is_told_which_process_has_the_directory(directory: DataDirectory) -> None:
    with (
        directory.locked(),
        pytest.raises(LocalError, match=f"in use by process {os.getpid()}"),
        DataDirectory(directory.home).locked(),
    ):
        pass


def test_the_directory_is_free_again_after_its_holder(directory: DataDirectory) -> None:
    with directory.locked():
        pass
    with directory.locked():
        pass


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "cannot be used"),
    ],
)
def test_what_the_file_system_refuses_is_said_in_one_sentence(
    tmp_path: Path, number: int, expected: str
) -> None:
    with pytest.raises(LocalError, match=expected), storage_errors_explained(tmp_path):
        raise OSError(number, os.strerror(number), "somewhere")


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a directory")
    with pytest.raises(LocalError, match="A file is in the way"):
        DataDirectory(tmp_path / "home").prepare()


def test_too_little_space_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_directory, "FREE_BYTES_MIN", 2**80)
    with pytest.raises(LocalError, match="free some space"):
        DataDirectory(tmp_path / "home").prepare()


def test_the_directory_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(LocalError, match="belongs to user"):
        DataDirectory(tmp_path).prepare()


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_once(tmp_path / "kept", b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_once(tmp_path / "kept", b"after")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("kept", b"before")]


def test_a_broken_secrets_file_is_not_replaced(directory: DataDirectory) -> None:
    directory.secrets()
    path = directory.home / "secrets.json"
    path.write_text("{")
    with pytest.raises(LocalError, match="is not JSON"):
        directory.secrets()
    assert path.read_text() == "{"


def test_endpoints_of_a_directory_that_was_never_started_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="tradewindow up"):
        DataDirectory(tmp_path).endpoints()


def test_secrets_file_has_the_keys_that_services_read(directory: DataDirectory) -> None:
    directory.secrets()
    kept = json.loads((directory.home / "secrets.json").read_text())
    assert set(kept) == {
        *("field_key", "hash_key", "receipt_key", "engine_key", "seal_key", "portal_key"),
        *("document_key", "paper_password"),
        *("superuser_password", "database_passwords"),
    }


def test_a_machine_without_loopback_is_told_so_and_not_that_its_ports_are_taken(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An address for documentation (RFC 5737), which no machine has.
    monkeypatch.setattr(data_directory, "LOOPBACK", "192.0.2.1")
    monkeypatch.setattr(data_directory, "_DYING_S", 0.0)
    for ask in (directory.ports, lambda: directory.use_port("window", 18_000)):
        with pytest.raises(LocalError, match=r"does not answer itself at 192\.0\.2\.1"):
            ask()
