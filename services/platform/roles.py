"""Who may do what: of each role the kind of party it acts for and its scopes, in two tables.

Outside the sandbox the issuer puts scopes into its tokens; this table is what it should grant. What
a role is stands here alone: a token whose party is of another kind is none of ours.
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
}

COMMON: Final = frozenset({"window:case:read", "window:stream:read", "registry:policy:read"})

LOOKED_UP: Final = frozenset({"registry:port:read", "registry:commodity:read"})
"""What refusals send a caller to look up: ports with their origins, commodities, restrictions."""

TOLD: Final = frozenset({"window:webhook:read", "window:webhook:write"})
"""For programs of parties whose cases stay theirs; who acts for a post reads streams instead."""

WORK: Final = frozenset({"window:work:read"})
"""For whom cases wait."""

SCOPES_OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "resident": COMMON
    | LOOKED_UP
    | WORK
    | {
        "declaration:lot:submit",
        "declaration:lot:read",
        "declaration:lot:cancel",
        "declaration:share:confirm",
        "declaration:manifest:lodge",
        "declaration:quota:read",
        "registry:seller:read",
        "registry:resident:read",
        "registry:mandate:grant",
        "processing:income:read",
        "processing:offer:create",
        "settlement:price:read",
        "settlement:firm_quote:create",
        "settlement:firm_quote:read",
        "settlement:instruction:create",
        "settlement:instruction:read",
    },
    "clerk": COMMON
    | LOOKED_UP
    | TOLD
    | WORK
    | {
        "declaration:lot:submit",
        "declaration:lot:read",
        "declaration:lot:cancel",
        "declaration:share:confirm",
        "declaration:manifest:lodge",
        "declaration:quota:read",
        "registry:seller:read",
        "registry:resident:read",
        "registry:resident:lookup",
        "registry:group:read",
        "processing:offer:create",
        "settlement:price:read",
        "settlement:rota:read",
        "settlement:firm_quote:create",
        "settlement:firm_quote:read",
        "settlement:instruction:create",
        "settlement:instruction:read",
    },
    "carrier": COMMON
    | LOOKED_UP
    | TOLD
    | {
        "declaration:manifest:lodge",
        "declaration:lot:read",
        "registry:vehicle:read",
        "registry:vehicle:write",
    },
    "gate": COMMON | WORK | {"declaration:lot:read", "declaration:gate:pass"},
    "officer": COMMON
    | LOOKED_UP
    | WORK
    | {
        "window:overdue:read",
        "declaration:lot:read",
        "inspection:order:read",
        "inspection:order:decide",
        "inspection:draw:read",
        "inspection:rule:read",
        "inspection:accreditation:read",
        "inspection:accreditation:decide",
        "processing:alert:read",
        "processing:alert:close",
        "processing:book:read",
        "registry:enterprise:list",
        "registry:enterprise:read",
        "registry:vehicle:read",
    },
    "risk_officer": COMMON
    | LOOKED_UP
    | {
        "inspection:rule:read",
        "inspection:rule:propose",
        "inspection:rule:approve",
        "inspection:draw:read",
        "inspection:draw:reveal",
        "declaration:lot:read",
    },
    "policy_officer": COMMON | {"registry:policy:propose", "registry:policy:approve"},
    "registrar": COMMON
    | {
        "registry:resident:read",
        "registry:resident:write",
        "registry:resident:lookup",
        "registry:group:read",
        "registry:group:write",
        "registry:mandate:grant",
        "registry:enterprise:list",
        "registry:enterprise:read",
        "registry:enterprise:write",
        "registry:officer:read",
        "registry:officer:write",
        "registry:bank:read",
        "registry:bank:write",
        "registry:signatory:read",
        "registry:signatory:write",
        "registry:seller:read",
        "registry:seller:write",
        "registry:port:read",
        "registry:port:write",
        "registry:commodity:read",
        "registry:commodity:write",
        "registry:vehicle:read",
        "registry:vehicle:write",
    },
    "bank": COMMON
    | TOLD
    | WORK
    | {
        "settlement:quote:post",
        "settlement:price:read",
        "settlement:rota:read",
        "settlement:rota:absent",
        "settlement:bank:read",
        "settlement:bank:answer",
        "settlement:instruction:read",
        "settlement:ledger:read",
    },
    "bank_compliance": COMMON
    | WORK
    | {
        "settlement:hold:release",
        "settlement:instruction:read",
        "settlement:screening:write",
    },
    "enterprise": COMMON
    | LOOKED_UP
    | TOLD
    | WORK
    | {
        "inspection:accreditation:apply",
        "inspection:accreditation:read",
        "processing:order:create",
        "processing:order:read",
        "processing:purchase:create",
        "processing:receipt:record",
        "processing:consumption:declare",
        "processing:output:report",
        "processing:book:open",
        "processing:book:close",
        "processing:book:read",
        "processing:alert:read",
        "registry:enterprise:read",
        "settlement:price:read",
        "settlement:rota:read",
        "settlement:firm_quote:create",
        "settlement:firm_quote:read",
        "settlement:instruction:create",
        "settlement:instruction:read",
    },
    "auditor": COMMON
    | LOOKED_UP
    | {
        "window:overdue:read",
        "declaration:lot:read",
        "inspection:order:read",
        "inspection:draw:read",
        "inspection:rule:read",
        "inspection:accreditation:read",
        "settlement:instruction:read",
        "settlement:ledger:read",
        "settlement:price:read",
        "settlement:rota:read",
        "processing:book:read",
        "processing:alert:read",
        "processing:order:read",
    },
}

SIGNING: Final = frozenset(
    {
        "inspection:order:decide",
        "inspection:accreditation:decide",
        "inspection:rule:propose",
        "inspection:rule:approve",
        "inspection:draw:reveal",
        "registry:policy:propose",
        "registry:policy:approve",
        "settlement:hold:release",
        "processing:alert:close",
    }
)
"""Scopes under which a person signs: who does so has signed in lately (``require_fresh``).

What programs do all day under a token of their own (submitting, confirming by mandate, filing) is
not among them.
"""
