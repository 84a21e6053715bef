"""The words of the registry's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "register": {
        "ports": "port",
        "groups": "group",
        "enterprises": "enterprise",
        "officers": "officer",
        "banks": "bank",
        "residents": "resident",
        "sellers": "seller",
        "payer_accounts": "payer's account",
    },
    "duty": {
        "ON_DUTY": "on duty",
        "LEAVE": "on leave",
        "SICK": "ill",
        "TRAINING": "in training",
        "ELSEWHERE": "on duty elsewhere",
    },
}
