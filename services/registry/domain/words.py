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
        "memberships": "membership",
        "mandates": "mandate",
        "processing_filings": "filed processing",
        "conflicts": "conflict of interest",
        "signatories": "signatory of a bank",
        "duties": "absence of an officer",
    },
    "skill": {
        "document": "examines documents",
        "inspection": "inspects goods",
        "aeo": "examines enterprises (AEO)",
        "supervise": "keeps the roster",
    },
    "duty": {
        "ON_DUTY": "on duty",
        "AWAY": "away",
        "LEAVE": "on leave",
        "SICK": "ill",
        "TRAINING": "in training",
        "ELSEWHERE": "on duty elsewhere",
    },
}
