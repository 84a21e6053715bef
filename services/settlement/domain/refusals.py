"""Refusals of settlement: each code in one place, with the sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from services.kernel.refusal import Refusal

_DETAIL: Mapping[str, str] = {
    "NOT_RELEASED": "The lot is not released, so nothing may be paid for it yet; wait for release.",
    "DUPLICATE": "This lot is already paid or being paid; read its existing instruction instead.",
    "AMOUNT_MISMATCH": "The amount is not the released value that is left to pay; correct it.",
    "AMOUNT_TOO_SMALL": "The sum gives nothing in the other currency; name a larger one.",
    "PURPOSE_REQUIRED": "A cross-border payment needs a purpose code, for goods: GOD.",
    "PURPOSE_UNKNOWN": "The purpose code is not one for goods; use GOD, RGOD or PRGOD.",
    "QUOTE_EXPIRED": "The firm quote has run out; confirm the new one that is offered instead.",
    "QUOTE_REQUIRED": "The seller is paid in another currency; lock a firm quote first.",
    "QUOTE_MISMATCH": "The firm quote was locked for another sum, currency or party.",
    "QUOTE_USED": "This firm quote already belongs to an instruction; lock a new one.",
    "QUOTE_UNAVAILABLE": "No bank quotes this pair now; try again when the price is published.",
    "PRICE_MOVED": "The price stands further from the last published one than one bank alone may "
    "move it; try again when another bank quotes near it, or two policy officers allow the move.",
    "PAIR_UNKNOWN": "Banks quote CNY/VND and CNY/MMK here.",
    "CALENDAR_MISSING": "The official holiday calendar of that year is not loaded; no rota known.",
    "BANK_UNAVAILABLE": "No bank on the rota deals in this currency today; try again tomorrow.",
    "SELLER_UNKNOWN": "The seller is not in the register; register its bank and account first.",
    "MESSAGE_INVALID": "The message does not follow its ISO 20022 schema; correct and resend it.",
    "REASON_REQUIRED": "A rejection says why: add StsRsnInf/Rsn with Cd or Prtry to the RJCT and "
    "send the report again; until then the payment waits for your word.",
    "MESSAGE_UNSAFE": "The message carries a document type, an entity or another encoding than "
    "UTF-8; send plain UTF-8 XML.",
    "MESSAGE_TOO_LARGE": "The message is larger than a bank message may be; send fewer statuses.",
    "MESSAGE_REFERENCE_REUSED": "You sent another message under this MsgId before; give this one "
    "its own.",
    "SIGNATURE_INVALID": "The request's signature (RFC 9421) is missing or does not verify; sign "
    "@method, @target-uri (or @authority, @path and @query), and with a body content-digest and "
    "idempotency-key, for the window's own origin (see facts), with the registered Ed25519 key, "
    "within 5 minutes.",
    "AMOUNT_DIFFERS": "The status names another amount than was instructed; nothing is booked, "
    "the case waits for the right amount.",
    "UNKNOWN_REFERENCE": "No message with this reference was offered to your bank.",
    "CONTRADICTORY": "The report says of one payment both that it was made and that it was "
    "rejected; nothing is booked, a person is called. Send the one that is true.",
    "NOT_BOOKED": "What you said could not be booked; the report is kept and a person is called. "
    "Send the word again when told that the cause is mended.",
    "SIGNATORY_NOT_ON_FILE": "You are not on file as a signatory of your bank for this, so you may "
    "read but not sign; your bank files its signatories with the registrar.",
    "NOT_RELEASABLE": "Compliance cannot release this: it would pay more than was released.",
}


def refusal(code: str, pointer: str = "", **facts: str) -> Refusal:
    """The refusal of that code, pointing into the caller's request."""
    return Refusal(code, _DETAIL[code], pointer, facts)
