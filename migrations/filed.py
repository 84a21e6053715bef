"""What the versions of the window file by themselves: rows that no act of a person made."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
_ID: Final = re.compile(r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'")


@cache
def filed_ids() -> frozenset[str]:
    """The ids of all rows that migrations and seeds file: each stands in their text."""
    texts = (*HERE.glob("versions/*.py"), *HERE.glob("seeds/*.sql"))
    return frozenset(id_ for path in texts for id_ in _ID.findall(path.read_text("utf-8")))
