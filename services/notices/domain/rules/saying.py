"""What may stand in a message that leaves: what somebody typed may say more than it should."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = re.compile(r"[\w/-]{1,32}")
_BETWEEN: Final = re.compile(r"[/_-]")
TYPED: Final = {"reference": re.compile(r"\d{7}"), "vehicle_plate": re.compile(r"\d{15}")}
"""Places that hold what a party typed, with the number that may not stand in it, however it is
parted: in a reference, which its declarant's word brings before others, none that could be called;
in a plate, which its own carrier alone is told, none that is a person's."""
UNSAID: Final = "…"


def fit_to_leave(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a sentence as a message says them.

    A reference is its declarant's own text: one with an address or a number to call in it
    would lead whoever is told elsewhere. Such a one is read in the window alone.
    """
    return {
        name: UNSAID if name in TYPED and not _is_plain(str(value), TYPED[name]) else value
        for name, value in facts.items()
    }


def _is_plain(text: str, number: re.Pattern[str]) -> bool:
    return _PLAIN.fullmatch(text) is not None and number.search(_BETWEEN.sub("", text)) is None
