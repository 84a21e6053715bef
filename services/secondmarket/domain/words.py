"""The words of the second market's codes, in English; ``words/`` has the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "factory_order": {
        "OPEN": "lots are bought",
        "FILLED": "filled",
        "CANCELLED": "taken back",
        "fill": "fill",
        "cancel": "take back",
        "void": "buy anew what became void",
    },
}
