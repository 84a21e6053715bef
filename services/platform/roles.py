"""The roles, and of each the kind of party it acts for.

What a role is stands here alone: a token whose party is of another kind is none of ours. Its scopes
are granted by the services that define them (``services/<service>/service.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Duty:
    """For whom a role acts, and whether its duty has a port, without which it has none at all."""

    party_kind: str
    at_a_port: bool = False


DUTIES: Final[dict[str, Duty]] = {
    "resident": Duty("resident"),
    "clerk": Duty("group"),
    "carrier": Duty("carrier"),
    "gate": Duty("gate", at_a_port=True),
    "officer": Duty("officer", at_a_port=True),
    "risk_officer": Duty("officer"),
    "policy_officer": Duty("officer"),
    "registrar": Duty("platform"),
    "bank": Duty("bank"),
    "bank_compliance": Duty("bank"),
    "enterprise": Duty("enterprise"),
    "auditor": Duty("auditor"),
    "leader": Duty("leader"),
}

WITH_CASES: Final = tuple(role for role in DUTIES if role != "leader")
"""Whoever has cases of his own or reads others': a leader reads figures, and no case or name."""
LOOKING_UP: Final = (
    "resident",
    "clerk",
    "carrier",
    "officer",
    "risk_officer",
    "registrar",
    "enterprise",
    "auditor",
)
"""Whom refusals send to look up ports with their origins, commodities and restrictions."""
