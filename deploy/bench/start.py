"""How long `tradewindow up` takes until it answers, and what the window's process holds then."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from deploy.bench.figures import Figures
from deploy.bench.processes import PROGRAM, ROOT, free_port
from deploy.local import child
from deploy.operate.data_directory import LocalError
from deploy.operate.health import answers

_STARTS: Final = 3
_MIB: Final = 2**20


def start_to_ready(figures: Figures) -> None:
    """Seconds from the command to ready, the first time and later; resident memory when ready.

    The first start makes the cluster, the schema and the keys; later ones find them.
    """
    with tempfile.TemporaryDirectory(prefix="tradewindow-start-") as folder:
        home = Path(folder) / "home"
        took, _ = _started(home)
        figures.absolute("first_up_to_ready_s", took)
        for _ in range(_STARTS):
            took, resident = _started(home)
            figures.absolute("up_to_ready_s", took)
            figures.absolute("window_resident_mib", resident / _MIB)


def _started(home: Path) -> tuple[float, int]:
    """Start, wait, look, stop: seconds and bytes."""
    log, port = home.parent / "up.log", free_port()
    began = time.monotonic()
    up = child.start(
        "up",
        [*PROGRAM, "up", "--home", str(home), "--port", str(port)],
        log=log,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        death_signal=signal.SIGTERM,
    )
    try:
        if not up.until_ready(lambda: answers("/health/ready", port=port), look_every_s=0.02):
            raise LocalError(f"The window did not start for the bench: {child.tail(log)}")
        return time.monotonic() - began, _resident(up.pid)
    finally:
        up.stop(patience_s=60.0)


def _resident(up: int) -> int:
    """Of the window's process, which `up` started."""
    for process in psutil.Process(up).children():
        words = process.cmdline()
        if "window" in words and "deploy" in words:
            return int(process.memory_info().rss)
    raise LocalError("The window's process is not among those that `up` started.")
