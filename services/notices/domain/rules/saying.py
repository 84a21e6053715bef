"""What may stand in a message that leaves: what somebody typed may say more than it should."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = re.compile(r"[\w/-]{1,32}")
_NUMBER: Final = re.compile(r"[0-9]{15}")
TYPED: Final = ("reference", "vehicle_plate")
"""Places that hold what a party typed."""
UNSAID: Final = "…"


def fit_to_leave(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a sentence as a message says them.

    A reference is its declarant's own text: one with an address in it would lead whoever is told
    elsewhere, one with a long number may be somebody's. Such a one is read in the window alone.
    """
    return {
        name: UNSAID if name in TYPED and not _is_plain(str(value)) else value
        for name, value in facts.items()
    }


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and _NUMBER.search(text) is None
