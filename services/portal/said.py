"""What a page says of the act before it, by a word in its address."""

from __future__ import annotations

from typing import Final, Literal, get_args

Said = Literal[
    "done",
    "added",
    "confirmed",
    "refused",
    "sent",
    "all_sent",
    "signed",
    "withdrawn",
    "frozen",
    "thawed",
    "bound",
    "ended",
    "code_sent",
    "same_entry",
    "proposed",
    "level_proposed",
]
"""What a page says of the act before it; each has its sentence in ``_parts.html``."""
SAID: Final = get_args(Said)
