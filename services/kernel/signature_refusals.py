"""Why a bank's signed request is refused (RFC 9421): one code, a sentence for each fault."""

from __future__ import annotations

from typing import Final

from services.kernel.refusal import Reason

SIGNATURE_INVALID: Final = Reason(
    "SIGNATURE_INVALID",
    401,
    "signature invalid",
    "The request's signature (RFC 9421) does not verify with a key of your bank's; sign @method,"
    " @target-uri (or @authority, @path and @query), and with a body content-digest and"
    " idempotency-key, for the window's own origin {origin}, and change nothing afterwards.",
)
SIGNATURE_MISSING: Final = SIGNATURE_INVALID.also(
    "missing",
    "The request is not signed; add Signature and Signature-Input (RFC 9421), made with your bank's"
    " key.",
)
SIGNATURE_UNREADABLE: Final = SIGNATURE_INVALID.also(
    "unreadable",
    "Signature-Input names no signature that can be read, or more than {most:number}; write it as"
    " RFC 9421 says.",
)
SIGNATURE_WITHOUT_KEY: Final = SIGNATURE_INVALID.also(
    "without_key",
    "No key of your bank's is in force, so no signature can be checked; have the registrar file"
    " one.",
)
SIGNATURE_OF_ANOTHER: Final = SIGNATURE_INVALID.also(
    "of_another", "No signature names your bank; give it the keyid {keyid}."
)
SIGNATURE_UNDATED: Final = SIGNATURE_INVALID.also(
    "undated",
    "The signature does not say when it was made; give it created, in seconds since 1970.",
)
SIGNATURE_NOT_NOW: Final = SIGNATURE_INVALID.also(
    "not_now",
    "The signature was made at {created:instant}, and here it is {now:instant}; it may be 5 minutes"
    " old, and clocks may differ by one. Sign anew, with a clock that is right.",
)
SIGNATURE_EXPIRED: Final = SIGNATURE_INVALID.also(
    "expired", "The signature's own expires has passed; sign the request anew."
)
SIGNATURE_UNCOVERED: Final = SIGNATURE_INVALID.also(
    "uncovered", "The signature leaves out {missing}; sign that too."
)
DIGEST_UNKNOWN: Final = SIGNATURE_INVALID.also(
    "digest_unknown", "Content-Digest holds no signed digest that is known here; give {known}."
)
DIGEST_DIFFERS: Final = SIGNATURE_INVALID.also(
    "digest_differs",
    "Content-Digest does not fit the body as it arrived; digest the very bytes that you send.",
)
