"""The manifest of the second market."""

from __future__ import annotations

from typing import Final

from services.platform.manifest import Manifest, granted
from services.secondmarket.domain.states import CASES

MANIFEST: Final = Manifest(
    name="secondmarket",
    title="Tradewindow: second market",
    description="Residents' goods on sale (二级市场): factories' orders, residents' offers, "
    "purchases of whole lots, residents' incomes.",
    summary="Factories' orders, residents' offers, purchases, incomes.",
    keys=("receipt_key",),
    scopes=(
        granted("secondmarket:income:read", "resident"),
        granted("secondmarket:offer:create", "resident", "clerk"),
        granted("secondmarket:offer:read", "resident", "clerk", "enterprise", "auditor"),
        granted("secondmarket:order:create", "enterprise"),
        granted("secondmarket:order:read", "officer", "enterprise", "auditor"),
        granted("secondmarket:purchase:create", "enterprise"),
    ),
    cases=CASES,
    told_by={"ord": ()},
)
