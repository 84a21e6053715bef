"""Several values in one parameter of a query, with commas between."""

from __future__ import annotations

from typing import Final

from services.kernel.mistakes import TOO_MANY
from services.kernel.refusal import Refused

ASKED_MAX: Final = 100
"""So many are answered at once: more than any page names."""


def listed(name: str, written: str) -> list[str]:
    """What stands between commas in a parameter.

    Raises Refused REQUEST_INVALID for more than is answered.
    """
    parts = [part for part in map(str.strip, written.split(",")) if part]
    if len(parts) > ASKED_MAX:
        raise Refused(TOO_MANY.at(f"/query/{name}", max_length=ASKED_MAX))
    return parts
