"""Why a change of the law is refused: each code with its status and what to do."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
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
POLICY_KEY_UNKNOWN: Final = Reason(
    "POLICY_KEY_UNKNOWN",
    422,
    "no such parameter",
    "Nothing reads a parameter {key}. Known ones like it: {nearest}.",
)
POLICY_SCOPE_UNKNOWN: Final = Reason(
    "POLICY_SCOPE_UNKNOWN",
    422,
    "no such scope",
    "Nothing asks {key} in the scope {scope}. Its scopes are like {nearest}; leave the scope out if"
    " it holds everywhere.",
)
POLICY_SCOPELESS: Final = POLICY_SCOPE_UNKNOWN.also(
    "scopeless", "{key} is asked in no scope: it holds everywhere. Leave the scope out."
)
POLICY_BEGUN: Final = refusals.STATE_CONFLICT.also(
    "policy_begun",
    "This value is in force since {since:day}: what it has judged stays judged by it. Propose"
    " another value from a later day.",
)
POLICY_PAST: Final = Reason(
    "POLICY_PAST",
    409,
    "first day is past",
    "On {first:day} another value was in force already: what was judged by it stays judged so, and"
    " so is what is still declared for a past day. Propose {today:day} or a later first day.",
)
POLICY_NOT_APPROVED: Final = refusals.STATE_CONFLICT.also(
    "policy_not_approved", "Only an approved value can be revoked; a proposal is declined."
)
REVOCATION_PENDING: Final = Reason(
    "REVOCATION_PENDING",
    409,
    "its revocation waits",
    "The revocation of this value waits for a decision already; decide that first.",
)
NO_REVOCATION: Final = refusals.STATE_CONFLICT.also(
    "no_revocation", "No revocation of this value waits for a decision."
)
