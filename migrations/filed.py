"""What the versions of the window file by themselves: rows that no act of a person made."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
_ID: Final = re.compile(r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'")


@cache
def filed_ids(table: str) -> frozenset[str]:
    """The ids of the rows of a table that migrations and seeds file: each stands in their text."""
    paths = (*HERE.glob("versions/*.py"), *HERE.glob("seeds/*.sql"))
    inserts = (one for path in paths for one in path.read_text("utf-8").split("INSERT INTO ")[1:])
    return frozenset(id_ for one in inserts if one.startswith(table) for id_ in _ID.findall(one))


@cache
def law_as_filed() -> dict[str, dict[str, str]]:
    """Of each legal parameter that migrations and seeds file its key, its scope and the digest of
    what it says: a version that files another adds it to ``filed_law.json``, as the test of it
    shows."""
    found: dict[str, dict[str, str]] = json.loads((HERE / "filed_law.json").read_text("utf-8"))
    return found


@cache
def entries_as_filed() -> dict[str, str]:
    """Of each entry of a screening list that they file the digest of what it says."""
    found: dict[str, str] = json.loads((HERE / "filed_entries.json").read_text("utf-8"))
    return found
