"""The names of the services: every folder beside this file that holds a ``service.py``.

Nothing is imported to know them, so that whoever needs no more than names and roles starts quickly.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import services

MANIFEST_FILE: Final = "service.py"


@cache
def names() -> tuple[str, ...]:
    """The names of all services, in the order of the alphabet."""
    found = {
        file.parent.name
        for place in services.__path__
        for file in Path(place).glob(f"*/{MANIFEST_FILE}")
    }
    return tuple(sorted(found))


def role_of(service: str) -> str:
    """The database role of a service: it may write its own tables and nothing else."""
    return f"tw_{service}"
