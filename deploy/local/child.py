"""Programs started by this process: they end with it, and leave a trace for the next one.

On Linux the kernel ends a child when its parent dies, however it dies. Where it cannot, and for
the moment in between, the child's pid file lets the next start find and stop what was left over.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_PR_SET_PDEATHSIG: Final = 1
READY_WITHIN_S: Final = 240.0
"""What a server may take until it answers, on a machine that is busy with much else. One that ends
is noticed at once: so long waits only who waits for one that hangs."""
_LOG_BYTES_MAX: Final = 20 * 1024 * 1024
_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# The death signal is sent when the THREAD that started the child ends. One thread that lives as
# long as the process starts them all, so that callers may come from any thread.
_starter: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="child-starter")


@dataclass(frozen=True)
class Account:
    """The system user a child runs as, when that is not the present one."""

    uid: int
    gid: int


class Child:
    """One running program, its output going to a log file."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    def until_ready(self, answers: Callable[[], bool], *, look_every_s: float = 0.1) -> bool:
        """Wait until it answers. False when it ended before, or hangs."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not answers():
            if self.status is not None or time.monotonic() > deadline:
                return False
            time.sleep(look_every_s)
        return True

    def send(self, number: int) -> None:
        """Send a signal; one that comes too late is no error."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, *, patience_s: float = 15.0) -> None:
        """Ask it to end, and end it if it does not in time."""
        self.send(number)
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        self.send(signal.SIGKILL)
        self._process.wait()


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
    cwd: Path | None = None,
) -> Child:
    """Start a program in a session of its own, so that Ctrl-C reaches only this process."""

    def popen() -> subprocess.Popen[bytes]:
        output = _open_log(log) if log else None
        try:
            return subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid(), death_signal),
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        finally:
            if output is not None:
                os.close(output)

    return Child(name, _starter.submit(popen).result())


def remember(child: Child, pid_file: Path) -> None:
    """Write down which process this is; a pid alone may be another's after a reboot."""
    started = psutil.Process(child.pid).create_time()
    pid_file.write_text(f"{child.pid} {started}\n")


def stop_left_over(pid_file: Path, *, patience_s: float = 15.0) -> None:
    """Stop the process a former run wrote down, if it is still that one."""
    try:
        pid, started = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < 1.0
    except (OSError, ValueError, psutil.Error):
        same = False
    if same:
        end(process, signal.SIGTERM, patience_s=patience_s)
    pid_file.unlink(missing_ok=True)


def end(process: psutil.Process, number: int, *, patience_s: float) -> None:
    """Ask a process that is not our child to end, and end it if it does not in time."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
        if not _ended_within(process, patience_s):
            process.kill()
            _ended_within(process, 5.0)


def has_ended(process: psutil.Process) -> bool:
    """Whether it does nothing any more, although its parent may never ask how it ended.

    In a container whose first process collects no orphans, such a dead one stays listed.
    """
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _ended_within(process: psutil.Process, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not has_ended(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for a message about why its writer ended."""
    try:
        text = log.read_bytes()[-4096:].decode(errors="replace")
    except OSError:
        return ""
    return " | ".join(line.strip() for line in text.splitlines()[-lines:] if line.strip())


def _open_log(log: Path) -> int:
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".old.log"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _die_with(parent: int, number: int) -> Callable[[], None] | None:
    libc = _libc
    if libc is None:
        return None

    # Runs between fork and exec: nothing but two system calls, no import, no allocation to speak
    # of. The parent may have died before the first of them, hence the second.
    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
