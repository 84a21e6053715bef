"""The law's manifest."""

from __future__ import annotations

from typing import Final

from services.platform.manifest import Manifest, granted
from services.platform.roles import LOOKING_UP, WITH_CASES

MANIFEST: Final = Manifest(
    name="law",
    title="Law",
    description="Legal parameters with authority and dates, goods, origins, the rules.",
    summary="Legal parameters with authority and dates, goods, origins, the rules.",
    keys=("receipt_key",),
    scopes=(
        granted("law:commodity:read", *LOOKING_UP),
        granted("law:commodity:write", "registrar"),
        granted("law:filing:decide", "registrar", signs=True),
        granted("law:filing:read", "registrar", "policy_officer", "auditor"),
        granted("law:origin:write", "registrar"),
        granted("law:policy:approve", "policy_officer", signs=True),
        granted("law:policy:propose", "policy_officer", signs=True),
        granted("law:policy:read", *WITH_CASES),
    ),
)
