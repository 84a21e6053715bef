"""The data directory: what one machine keeps between two starts, and who may use it.

    postgres/     the database cluster        secrets.json  keys and passwords, mode 0600
    temporal/     the workflow engine's file  issuer.jwk    signs the sandbox's tokens, mode 0600
    logs/         what the servers said       run/          lock, pids, ports.json
    issuer-scopes.json  what the sandbox's issuer grants each role
    documents/    papers and photos, sealed   papers/       the sandbox's certificate for papers

Everything here is created once and read ever after; nothing is written half.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import OKPKey

from services.folders import names, role_of

DATABASE_ROLES: Final = ("tw_owner", *map(role_of, names()), role_of("relay"))
_KEYS: Final = (
    *("field_key", "hash_key", "receipt_key", "engine_key", "seal_key", "portal_key"),
    *("document_key", "paper_password"),
)
LOOPBACK: Final = "127.0.0.1"
"""Where the servers of one machine listen."""
_DYING_S: Final = 4.0
FREE_BYTES_MIN: Final = 512 * 1024 * 1024
# Below the range from which Linux and macOS give outgoing connections their ports, and anywhere in
# a wide range, so that a remembered port is not taken at the next start, by chance or by another
# data directory. The window gets the first free one: people type it.
PORT_RANGES: Final = {
    "postgres": range(15432, 16432),
    "temporal": range(17233, 18233),
    "engine_ui": range(18233, 19233),
    "window": range(8080, 8180),
}
_SPARE_PORTS: Final = range(8180, 9080)


class LocalError(Exception):
    """Why Tradewindow cannot run here, as one sentence that says what to do."""


@dataclass(frozen=True)
class Endpoints:
    """Where the servers of a data directory answer."""

    database_url: str
    temporal_address: str
    temporal_namespace: str = "default"


@dataclass(frozen=True)
class Secrets:
    """The content of secrets.json; the representation shows none of it."""

    field_key: str = field(repr=False)
    hash_key: str = field(repr=False)
    receipt_key: str = field(repr=False)
    engine_key: str = field(repr=False)
    superuser_password: str = field(repr=False)
    database_passwords: Mapping[str, str] = field(repr=False)


@contextmanager
def storage_errors_explained(home: Path) -> Iterator[None]:
    """Turn what the file system refuses into a sentence about the data directory."""
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                reason = f"The disk under {home} is full; free some space and start again."
            case errno.EACCES | errno.EPERM:
                reason = (
                    f"The data directory {home} cannot be written ({error.filename}); "
                    "give it to the user that starts Tradewindow, or name another with --home."
                )
            case errno.EROFS:
                reason = f"The data directory {home} is on a read-only disk; name another."
            case errno.ENOTDIR | errno.EEXIST:
                reason = f"A file is in the way of the data directory {home}; name another."
            case _:
                reason = f"The data directory {home} cannot be used: {error}."
        raise LocalError(reason) from error


def write_once(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put content at path, whole or not at all, even if the power fails half-way."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _is_free_soon(port: int) -> bool:
    """Whether the port is free, or gets free shortly: a killed server's children take a moment."""
    deadline = time.monotonic() + _DYING_S
    while not port_is_free(port):
        if time.monotonic() > deadline:
            _require_loopback()
            return False
        time.sleep(0.1)
    return True


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class DataDirectory:
    """The paths and the once-made contents of one data directory."""

    home: Path

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def temporal(self) -> Path:
        return self.home / "temporal"

    @property
    def documents(self) -> Path:
        return self.home / "documents"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    def prepare(self) -> None:
        """Create what is missing; refuse a directory that is another user's or nearly full."""
        with storage_errors_explained(self.home):
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.home.stat().st_uid
            if owner != os.geteuid():
                raise LocalError(
                    f"The data directory {self.home} belongs to user {owner}, and this is user "
                    f"{os.geteuid()}; start as its owner, or name another with --home."
                )
            for folder in (self.temporal, self.logs, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
        free = shutil.disk_usage(self.home).free
        if free < FREE_BYTES_MIN:
            raise LocalError(
                f"Only {free // 2**20} MB are free under {self.home}, and the servers need "
                f"{FREE_BYTES_MIN // 2**20} MB to start; free some space first."
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory alone; a second holder is told which process has it."""
        with storage_errors_explained(self.home):
            descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
                raise LocalError(
                    f"The data directory {self.home} is in use by process {holder}; "
                    "stop that one first, or name another with --home."
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def secrets(self) -> Secrets:
        """The keys and passwords of this directory, made at the first call.

        What an earlier version did not know of is made and added; what is there stays.
        """
        path = self.home / "secrets.json"
        with storage_errors_explained(self.home):
            found = _read_object(path) if path.exists() else {}
            whole = completed(found)
            if whole != found:
                write_once(path, json.dumps(whole, indent=2).encode())
        return Secrets(
            field_key=whole["field_key"],
            hash_key=whole["hash_key"],
            receipt_key=whole["receipt_key"],
            engine_key=whole["engine_key"],
            superuser_password=whole["superuser_password"],
            database_passwords=dict(whole["database_passwords"]),
        )

    def issuer_key(self) -> OKPKey:
        """The Ed25519 key that signs the sandbox's tokens, made at the first call."""
        path = self.home / "issuer.jwk"
        with storage_errors_explained(self.home):
            if not path.exists():
                key = OKPKey.generate_key("Ed25519", {"kid": f"tradewindow-{secrets.token_hex(8)}"})
                write_once(path, json.dumps(key.as_dict(private=True)).encode())
            return OKPKey.import_key(_read_object(path))

    def ports(self) -> dict[str, int]:
        """The port of each server, chosen at the first call and kept from then on."""
        path = self.run / "ports.json"
        with storage_errors_explained(self.home):
            kept = _read_object(path) if path.exists() else {}
            ports = {name: int(port) for name, port in kept.items() if name in PORT_RANGES}
            missing = [name for name in PORT_RANGES if name not in ports]
            if missing:
                ports |= {name: _choose_port(name) for name in missing}
                write_once(path, json.dumps(ports, indent=2).encode())
        return ports

    def remember_port(self, name: str, port: int) -> None:
        """Use this port for the named server from now on."""
        with storage_errors_explained(self.home):
            ports = self.ports() | {name: port}
            write_once(self.run / "ports.json", json.dumps(ports, indent=2).encode())

    def use_port(self, name: str, port: int) -> None:
        """Have the named server answer on the port a person asked for, now and from now on.

        One that cannot be had is refused and not remembered: the next start is as the last was.
        """
        if not 0 < port < 65536:
            raise LocalError(f"There is no port {port}; name one from 1 to 65535 with --port.")
        if not _is_free_soon(port):
            raise LocalError(
                f"Port {port} is taken by another program, or not for this user to listen on; stop"
                " that program, or name another port with --port."
            )
        self.remember_port(name, port)

    def replace_taken_ports(self) -> None:
        """Choose and remember another port for each server whose own is taken now."""
        for name, port in self.ports().items():
            if not port_is_free(port):
                self.remember_port(name, _choose_port(name))

    def require_port(self, name: str) -> int:
        """The named server's port, refused while another program listens there."""
        port = self.ports()[name]
        if not _is_free_soon(port):
            raise LocalError(
                f"Port {port}, which {self.run / 'ports.json'} keeps for {name}, is taken by "
                "another program; stop that program, or "
                + (
                    "name another port with --port."
                    if name == "window"
                    else "delete the file to have ports chosen anew."
                )
            )
        return port

    def endpoints(self) -> Endpoints:
        """Where this directory's servers answer once they run."""
        if not (self.home / "secrets.json").exists():
            raise LocalError(
                f"There is nothing in {self.home} yet; start `tradewindow up --home {self.home}`."
            )
        ports = self.ports()
        password = self.secrets().superuser_password
        return Endpoints(
            database_url=f"postgresql://postgres:{password}@127.0.0.1:{ports['postgres']}/tradewindow",
            temporal_address=f"127.0.0.1:{ports['temporal']}",
        )

    def window_url(self) -> str:
        """Where the single window answers once it runs."""
        return f"http://127.0.0.1:{self.ports()['window']}"


def new_key() -> str:
    """A fresh key of 32 random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def completed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A master file's content with what an earlier version did not know of; all of it when new.

    A key under which something is kept already is never made anew. Raises LocalError for it.
    """
    if found and not {"field_key", "hash_key", "superuser_password"} <= found.keys():
        raise LocalError(
            "The secrets file lacks field_key, hash_key or superuser_password, without which what"
            " is kept cannot be read; put back the copy you keep of it."
        )
    keys = {name: new_key() for name in _KEYS}
    passwords = {role: secrets.token_urlsafe(24) for role in DATABASE_ROLES}
    return {
        **keys,
        "superuser_password": secrets.token_urlsafe(24),
        **found,
        "database_passwords": passwords | found.get("database_passwords", {}),
    }


def _read_object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise LocalError(f"{path} is not JSON; put back the copy you keep of it.") from error
    if not isinstance(found, dict):
        raise LocalError(f"{path} is not a JSON object; put back the copy you keep of it.")
    return found


def _choose_port(name: str) -> int:
    candidates = list(PORT_RANGES[name])
    if name != "window":
        secrets.SystemRandom().shuffle(candidates)
    return _first_free(candidates, name)


def spare_port() -> int:
    """A free port where a window that nobody types the address of is in nobody's way.

    Anywhere in a range: two that look for the first free one at the same moment find the same.
    """
    candidates = list(_SPARE_PORTS)
    secrets.SystemRandom().shuffle(candidates)
    return _first_free(candidates, "window")


def _require_loopback() -> None:
    """Raises LocalError when this machine cannot speak to itself, whatever the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((LOOPBACK, 0))
        except OSError as error:
            raise LocalError(
                f"This machine does not answer itself at {LOOPBACK} ({error.strerror}), where the"
                " servers listen; bring its loopback interface up (ip link set lo up)."
            ) from error


def _first_free(candidates: list[int], name: str) -> int:
    _require_loopback()
    for port in candidates:
        if port_is_free(port):
            return port
    raise LocalError(
        f"No port from {min(candidates)} to {max(candidates)} is free for {name}; stop a program."
    )
