"""Why the registry refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

DUPLICATE_ROW: Final = Reason(
    "DUPLICATE_ROW",
    422,
    "row named twice",
    "An earlier row of this filing names the same record; send each once.",
)
SELLER_FILED_OTHERWISE: Final = DUPLICATE_ROW.also(
    "seller", "This seller's name and bank are filed under another code; use that one."
)
PERIOD_EMPTY: Final = refusals.PERIOD_INVALID.also(
    "empty", "The period ends before it covers a single day; the end is exclusive."
)
FILING_NO_TAKEN: Final = Reason(
    "FILING_NO_TAKEN",
    409,
    "filing number taken",
    "Another resident was filed under this filing number; check it.",
)
CREDIT_CODE_INVALID: Final = Reason(
    "CREDIT_CODE_INVALID",
    422,
    "credit code invalid",
    "Not a unified social credit code: its check character does not fit; correct it.",
)
CREDIT_CODE_TAKEN: Final = Reason(
    "CREDIT_CODE_TAKEN",
    409,
    "credit code taken",
    "Another customs code was filed with this credit code; check both.",
)
CUSTOMS_CODE_INVALID: Final = refusals.ID_INVALID.also(
    "customs_code", "A customs code has ten characters, the first nine digits; correct it."
)
BIC_INVALID: Final = Reason(
    "BIC_INVALID", 422, "BIC invalid", "Not a BIC (ISO 9362, 8 or 11 characters); correct it."
)
KEY_INVALID: Final = Reason(
    "KEY_INVALID",
    422,
    "key invalid",
    "File an Ed25519 public key as a JWK (kty OKP, crv Ed25519, x), without its d.",
)
ROTA_ORDER_TAKEN: Final = Reason(
    "ROTA_ORDER_TAKEN",
    409,
    "place in the rota taken",
    "Another bank has this place in the rota; choose a free one.",
)
NOT_FILED_YET: Final = Reason(
    "NOT_FILED_YET",
    422,
    "refers to what is not filed",
    "There is no such {kind:register} on file; file it first.",
)
POLICY_VALUE_INVALID: Final = Reason(
    "POLICY_VALUE_INVALID",
    422,
    "parameter value invalid",
    "Write decimals as strings ('0.003'), so that the value is exact.",
)
POLICY_OVERLAP: Final = Reason(
    "POLICY_OVERLAP",
    409,
    "parameter rows overlap",
    "An approved value is already in force from {since:day} in this period; propose another first"
    " day.",
)

# The form of a request.
RESIDENT_NAMED_ONCE: Final = mistakes.REQUEST_INVALID.also(
    "resident", "Name the resident by resident_id or by resident_no, one of them."
)
