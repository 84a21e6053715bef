"""`tradewindow up`: the servers and the single window, kept running until told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from deploy.local import child
from deploy.local.engine_ui import shown
from deploy.local.stack import LocalStack
from deploy.operate.data_directory import LocalError
from deploy.operate.health import answers
from deploy.operate.migrate import migrate
from deploy.sandbox.world.mark import begin, is_sample

LOOK_EVERY_S: Final = 0.5
PAUSE_S_MAX: Final = 30.0
STEADY_AFTER_S: Final = 60.0
WINDOW: Final = (sys.executable, "-P", "-m", "deploy", "window")
SAMPLE: Final = (sys.executable, "-P", "-m", "deploy", "sample")


def say(sentence: str) -> None:
    """One line for the person at the terminal, at once."""
    print(sentence, flush=True)


@dataclass
class BackOff:
    """How long to wait before the next attempt: longer each time, short again once steady."""

    pause_s: float = 0.0
    since: float = field(default_factory=time.monotonic)

    def next_pause_s(self) -> float:
        """Count one failure and return the pause it earns."""
        now = time.monotonic()
        steady = now - self.since > STEADY_AFTER_S
        self.since = now
        self.pause_s = 0.5 if steady or not self.pause_s else min(self.pause_s * 2, PAUSE_S_MAX)
        return self.pause_s


class Supervisor:
    """Runs the children of one data directory."""

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        engine_ui: bool = False,
        sample: bool = False,
        window: Sequence[str] = WINDOW,
    ) -> None:
        self._stack = LocalStack(home, screen=engine_ui)
        self._port = port
        self._sample = sample
        self._command = [*window, "--home", str(self._stack.directory.home)]
        self._told_to_stop = threading.Event()
        self._window: child.Child | None = None
        self._world: child.Child | None = None
        self._engine_ui: str | None = None
        self._window_trouble = BackOff()
        self._world_trouble = BackOff()
        self._server_trouble = BackOff()

    def run(self) -> None:
        """Start everything, keep it running, and stop it in order on SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_on)
        self._mark_sample()
        say(f"Starting PostgreSQL and Temporal in {self._stack.directory.home} …")
        with self._stack, contextlib.ExitStack() as beside:
            try:
                self._prepare()
                self._engine_ui = beside.enter_context(self._screen())
                self._start_window()
                if self._wait_until_ready():
                    self._announce()
                    self._start_world()
                while not self._told_to_stop.wait(LOOK_EVERY_S):
                    self._look_after_servers()
                    self._look_after_window()
                    self._look_after_world()
            finally:
                say("Stopping …")
                if self._world is not None:
                    self._world.stop(signal.SIGTERM, patience_s=5.0)
                if self._window is not None:
                    self._window.stop(signal.SIGTERM, patience_s=30.0)
        say("Stopped.")

    def _stop_on(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop.set()

    def _mark_sample(self) -> None:
        home = self._stack.directory.home
        if self._sample and not begin(home):
            say(f"{home} holds data of its own; a sample world is filled into a new one only.")

    def _prepare(self) -> None:
        directory = self._stack.directory
        if self._port is not None:
            directory.use_port("window", self._port)
        else:
            directory.require_port("window")
        say("Applying migrations …")
        migrate(directory.endpoints(), directory.secrets())

    def _screen(self) -> contextlib.AbstractContextManager[str | None]:
        """The engine's own screen, when it was asked for: where it can be looked at."""
        hidden = self._stack.screen
        if hidden is None:
            return contextlib.nullcontext()
        return shown(hidden, port=self._stack.directory.require_port("engine_ui"))

    def _start_window(self) -> None:
        # Its output is the terminal's: what the services log is what the person wants to see.
        self._window = child.start(
            "window",
            self._command,
            log=None,
            env=os.environ | {"PYTHONPATH": _python_path()},
            death_signal=signal.SIGTERM,
        )

    def _start_world(self) -> None:
        """Whoever plays the sample world, if this is one: also its prices end without him."""
        if is_sample(self._stack.directory.home):
            self._world = child.start(
                "sample",
                [*SAMPLE, "--home", str(self._stack.directory.home)],
                log=None,
                env=os.environ | {"PYTHONPATH": _python_path()},
                death_signal=signal.SIGTERM,
            )

    def _look_after_world(self) -> None:
        if self._world is None or self._world.status is None:
            return
        pause = self._world_trouble.next_pause_s()
        say(f"The sample world ended with status {self._world.status}; again in {pause:.1f} s.")
        if not self._told_to_stop.wait(pause):
            self._start_world()

    def _wait_until_ready(self) -> bool:
        """True once the window answers; False when told to stop before."""
        port = self._stack.directory.ports()["window"]
        while not self._told_to_stop.wait(0.2):
            if answers_ready(port):
                return True
            self._look_after_window()
        return False

    def _announce(self) -> None:
        directory = self._stack.directory
        say("")
        say(f"Single window   {directory.window_url()}")
        say(f"Screens         {directory.window_url()}/portal/")
        say(f"Interfaces      {directory.window_url()}/docs")
        say(f"Metrics         {directory.window_url()}/metrics/")
        if self._engine_ui is not None:
            say(f"Temporal        {self._engine_ui}")
        say(f"Data            {directory.home}")
        say("Ready. Ctrl-C stops everything.")

    def _look_after_servers(self) -> None:
        try:
            restarted = self._stack.ensure_running()
        except LocalError as error:
            pause = self._server_trouble.next_pause_s()
            say(f"{error} Trying again in {pause:.1f} s.")
            self._told_to_stop.wait(pause)
            return
        for name in restarted:
            say(f"{name} had ended and was restarted; its log is {self._log_of(name)}.")

    def _look_after_window(self) -> None:
        if self._window is None or self._window.status is None:
            return
        pause = self._window_trouble.next_pause_s()
        say(f"The window ended with status {self._window.status}; restarting in {pause:.1f} s.")
        if not self._told_to_stop.wait(pause):
            self._start_window()

    def _log_of(self, name: str) -> Path:
        return self._stack.directory.logs / f"{name}.log"


def _python_path() -> str:
    """Where the child finds this same code, whatever directory it is started in."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH")) if part)


def answers_ready(port: int) -> bool:
    """Whether the window on this port says that it is ready."""
    return answers("/health/ready", port=port, within_s=10)
