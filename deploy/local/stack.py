"""Everything Tradewindow needs from outside, on one machine: PostgreSQL and Temporal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.postgres import LocalPostgres
from deploy.local.temporal import Hidden, LocalTemporal
from deploy.operate.data_directory import (
    DataDirectory,
    Endpoints,
    LocalError,
    Secrets,
    storage_errors_explained,
)

__all__ = ["DataDirectory", "Endpoints", "LocalError", "LocalStack", "Secrets"]

DATABASE = "tradewindow"


class LocalStack:
    """The two servers of one data directory.

    They answer on the same ports from start to start, end with this process however it ends, and
    come back undamaged after being killed. One process at a time may hold a directory. Whatever
    makes a start impossible is a LocalError of one sentence.

    With `keep_ports=False` a port that is taken is replaced by another, for a directory whose
    addresses nobody has written down. With `durable=False` a power failure may lose everything:
    for data that nobody keeps. With `counting=True` the database counts every statement it is sent
    (pg_stat_statements): for whoever wants to know what a case costs, never where people work. With
    `screen=True` the engine's own screen runs too, where only engine_ui.py finds it.
    """

    def __init__(
        self,
        home: Path,
        *,
        dynamic: tuple[str, ...] = (),
        namespaces: tuple[str, ...] = (),
        keep_ports: bool = True,
        durable: bool = True,
        counting: bool = False,
        screen: bool = False,
    ) -> None:
        self._keep_ports = keep_ports
        self.directory = DataDirectory(home.expanduser().resolve())
        self._postgres = LocalPostgres(self.directory, durable=durable, counting=counting)
        self._temporal = LocalTemporal(
            self.directory,
            dynamic=dynamic,
            namespaces=namespaces,
            durable=durable,
            screen=screen,
        )
        self._held = ExitStack()
        self._turn = threading.RLock()

    @property
    def endpoints(self) -> Endpoints:
        return self.directory.endpoints()

    @property
    def screen(self) -> Hidden | None:
        """Where the engine's own screen listens, when it was asked for."""
        return self._temporal.screen

    @property
    def secrets(self) -> Secrets:
        return self.directory.secrets()

    @property
    def processes(self) -> dict[str, int]:
        """The first process of each server that runs, by name."""
        pids = {"engine": self._temporal.pid, "database": self._postgres.pid}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def start(self) -> Endpoints:
        """Run both servers and return where they answer; all or nothing."""
        with self._turn, ExitStack() as undo:
            self.directory.prepare()
            undo.enter_context(self.directory.locked())
            if not self._keep_ports:
                self.directory.replace_taken_ports()
            with storage_errors_explained(self.directory.home):
                self.directory.secrets()
                self.directory.issuer_key()
                undo.callback(self._postgres.stop)
                self._postgres.start()
                self._postgres.ensure_database(DATABASE)
                undo.callback(self._temporal.stop)
                self._temporal.start()
            self._held = undo.pop_all()
            return self.endpoints

    def stop(self) -> None:
        """Stop both servers cleanly and let go of the directory; a second call does nothing."""
        with self._turn:
            self._held.close()

    def ensure_running(self) -> tuple[str, ...]:
        """Restart, on the same ports, what has died; the names of what was restarted."""
        with self._turn, storage_errors_explained(self.directory.home):
            restarted = []
            if not self._postgres.alive:
                self._postgres.start()
                restarted.append("postgres")
            if not self._temporal.alive:
                self._temporal.start()
                restarted.append("temporal")
            return tuple(restarted)

    def ended(self) -> Iterator[str]:
        """The servers that have died, by the names of their logs."""
        if not self._postgres.alive:
            yield "postgres"
        if not self._temporal.alive:
            yield "temporal"

    def kill_postgres(self) -> None:
        """End the database server as a power failure would."""
        with self._turn:
            self._postgres.kill()

    def kill_temporal(self) -> None:
        """End the workflow engine as a power failure would."""
        with self._turn:
            self._temporal.kill()

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the superuser and return its rows as text."""
        return self._postgres.sql(statement, database=database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
