"""How often the disk under the bench can promise that something is kept."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from deploy.bench.figures import Figures
from deploy.local.postgres import programs

_FDATASYNC = re.compile(r"^\s*fdatasync\s+([\d.]+) ops/sec", re.MULTILINE)


def fdatasync_per_s(home: Path, figures: Figures) -> None:
    """pg_test_fsync's figure for one 8 kB block and the way PostgreSQL syncs on Linux.

    It bounds how many transactions of one session after another can be durable.
    """
    file = home / "pg_test_fsync.out"
    done = subprocess.run(
        [programs() / "pg_test_fsync", "-s", "1", "-f", file],
        capture_output=True,
        text=True,
        check=False,
    )
    file.unlink(missing_ok=True)
    found = _FDATASYNC.search(done.stdout)
    if found is not None:
        figures.absolute("pg_test_fsync_fdatasync_per_s", float(found[1]))
