"""What is kept of the version that this one must be able to follow: its record, filled with cases
of every kind, and the histories of those cases.

All of it is sample data: people of an impossible age, enterprises and banks that there are not.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deploy.local.postgres import programs

HERE: Final = Path(__file__).parent / "kept"
RECORD: Final = HERE / "record.sql.gz"
HISTORIES: Final = HERE / "histories"
_VERSION: Final = HERE / "version.json"


@dataclass(frozen=True)
class Version:
    """Which version it was."""

    revision: str
    """Of its schema."""
    roles: list[str]
    """Its roles in the database, which a dump of one database does not hold."""
    open_cases: list[str]
    ended_cases: list[str]

    @classmethod
    def read(cls) -> Version:
        return cls(**json.loads(_VERSION.read_text()))

    def write(self) -> None:
        _VERSION.write_text(json.dumps(asdict(self), indent=1) + "\n")


def dump(url: str) -> None:
    """Keep a database: its schema, its rows, its grants."""
    # The key keeps psql from taking a row for a command; a random one would make every dump new.
    said = _run("pg_dump", url, "--restrict-key=tradewindow")
    RECORD.write_bytes(gzip.compress(said, mtime=0))


def restore(url: str) -> None:
    """Bring what was kept into an empty database, in which its roles must be."""
    record = gzip.decompress(RECORD.read_bytes())
    _run("psql", url, "-X", "-q", "-v", "ON_ERROR_STOP=1", given=record)


def _run(program: str, url: str, *words: str, given: bytes | None = None) -> bytes:
    parts = urlsplit(url)
    address = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.path.strip("/"),
    }
    told = {name: value for name, value in address.items() if value}
    done = subprocess.run(
        [programs() / program, *words],
        input=given,
        env={"PATH": os.environ["PATH"], **told},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
