"""Why the registry refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

BANK_FORM: Final = mistakes.REQUEST_INVALID.also(
    "bank", "Name a bank by its BIC, e.g. bank:ABOCCNBJ."
)
PAYER_FORM: Final = mistakes.REQUEST_INVALID.also(
    "payer", "Name who pays: group:…, enterprise:… or resident:…, with the code."
)
BANK_CHARACTERS: Final = Reason(
    "BANK_CHARACTERS",
    422,
    "letters that banks do not pass on",
    "Banks pass on Latin letters, digits and / - ? : ( ) . , ' + only; write it as the bank writes"
    " it on payments across the border (names in pinyin).",
)
SELLER_FILED_OTHERWISE: Final = refusals.DUPLICATE_ROW.also(
    "seller", "This seller's name and bank are filed under another code; use that one."
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
OWN_ABSENCE: Final = refusals.SAME_PERSON.also(
    "roster", "Your own absence is entered by another officer who keeps the roster."
)
ABSENCE_PAST: Final = refusals.PERIOD_INVALID.also(
    "absence", "An absence, or a return, is entered for today or a later day; correct the day."
)
KEY_INVALID: Final = Reason(
    "KEY_INVALID",
    422,
    "key invalid",
    "File a public key as a JWK, without its private part: Ed25519 (kty OKP), P-256 (kty EC) or RSA"
    " of 2048 to 8192 bits.",
)
KEY_CHANGES_BY_TWO: Final = Reason(
    "KEY_CHANGES_BY_TWO",
    409,
    "key changes by two persons",
    "This bank is on file with another key. Propose the new one at /registry/v1/banks/{bic}/keys; a"
    " second registrar decides. File the rest with the key that is on file.",
)
KEY_ON_FILE: Final = Reason(
    "KEY_ON_FILE",
    409,
    "key on file already",
    "This key is or was the bank's; propose a new one.",
)
KEYS_TWO_AT_MOST: Final = Reason(
    "KEYS_TWO_AT_MOST",
    409,
    "two keys at most",
    "Two keys of this bank's are in force until {until:instant}; a third may begin then.",
)
OVERLAP_TOO_LONG: Final = Reason(
    "OVERLAP_TOO_LONG",
    422,
    "overlap too long",
    "The earlier key may stay in force beside the new one for at most {most:number} hours.",
)
CHANGE_TO_PROPOSE: Final = Reason(
    "CHANGE_TO_PROPOSE",
    409,
    "changed by two persons",
    "{subject} is on file with other particulars; propose the change under /registry/v1/changes,"
    " and another person confirms it.",
)
ACCOUNT_TAKEN: Final = Reason(
    "ACCOUNT_TAKEN",
    409,
    "account of another party",
    "This account is on file as another party's, and nobody is debited at an account that is"
    " another's; check its number. If it is this party's, have the other's changed first.",
)
CHANGE_OPEN: Final = refusals.STATE_CONFLICT.also(
    "change", "A change of {subject} is proposed already; decide on that one first."
)
COOLING_TIME: Final = Reason(
    "COOLING_TIME",
    409,
    "not seen long enough",
    "This change can be confirmed from {confirm_from:instant}; until then those concerned may"
    " object.",
)
CHANGE_OF_ONE: Final = mistakes.REQUEST_INVALID.also(
    "change", "Propose the change of one record on file, and of no other beside it."
)
ROTA_ORDER_TAKEN: Final = Reason(
    "ROTA_ORDER_TAKEN",
    409,
    "place in the rota taken",
    "Another bank has this place in the rota; choose a free one.",
)

# Passkeys.
OPENED_FOR_ONESELF: Final = refusals.SAME_PERSON.also(
    "passkey",
    "You opened this at the desk yourself; another registrar sees your document and opens yours.",
)
MANDATE_AT_THE_DESK: Final = Reason(
    "MANDATE_AT_THE_DESK",
    409,
    "mandate is given at the desk",
    "At {port} a resident says yes by one touch; a mandate for the clerk is given on paper, at the"
    " registrar's desk.",
)
PASSKEYS_ENOUGH: Final = Reason(
    "PASSKEYS_ENOUGH",
    409,
    "no further phone",
    "So many phones are bound as one person may have ({most:number}); name the lost one, which the"
    " new one replaces, or let its holder end one.",
)
PASSKEY_CODE_INVALID: Final = Reason(
    "PASSKEY_CODE_INVALID",
    409,
    "code not valid",
    "This code is not valid for you now: it was mistyped, was used, its time is over, or it was"
    " opened for somebody else. Have a new one opened at the registrar's desk.",
)
PASSKEY_NOT_MADE: Final = Reason(
    "PASSKEY_NOT_MADE",
    409,
    "phone not bound",
    "What the phone answered cannot be read, or was made for another code; begin again.",
)
PASSKEY_MADE_ELSEWHERE: Final = PASSKEY_NOT_MADE.also(
    "elsewhere", "The phone answered for another address than {origin}; open the page there."
)
PASSKEY_UNVERIFIED: Final = PASSKEY_NOT_MADE.also(
    "unverified",
    "The phone did not check who holds it; switch on its fingerprint, face or screen lock, and"
    " begin again.",
)
PASSKEY_KNOWN: Final = PASSKEY_NOT_MADE.also(
    "known", "This phone's passkey is on file already; bind another phone."
)
PASSKEYS_NOT_HERE: Final = PASSKEY_NOT_MADE.also(
    "not_here",
    "This window has no public address yet, so no phone can be bound; tell its operator.",
)
PASSKEY_OVER: Final = refusals.STATE_CONFLICT.also(
    "passkey", "This passkey is not bound, or not any more; look at the list again."
)

# The form of a request.
RESIDENT_NAMED_ONCE: Final = mistakes.REQUEST_INVALID.also(
    "resident", "Name the resident by resident_id or by resident_no, one of them."
)
