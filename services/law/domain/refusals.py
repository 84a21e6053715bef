"""Why a change of the law is refused: each code with its status and what to do."""

from __future__ import annotations

from typing import Final

from services.kernel.refusal import Reason

POLICY_VALUE_INVALID: Final = Reason(
    "POLICY_VALUE_INVALID",
    422,
    "parameter value invalid",
    "Write decimals as strings ('0.003'), so that the value is exact.",
)
POLICY_KIND_DIFFERS: Final = POLICY_VALUE_INVALID.also(
    "kind", "{key} is written like {example}; write this value likewise."
)
POLICY_OVERLAP: Final = Reason(
    "POLICY_OVERLAP",
    409,
    "parameter rows overlap",
    "An approved value is already in force from {since:day} in this period; propose another first"
    " day.",
)
