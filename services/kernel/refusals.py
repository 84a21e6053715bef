"""What every service may say: the house's own reasons, and those that more services than one give.

A service's own stand in its ``domain/refusals.py``; what is wrong in form, in kernel/mistakes.py.
"""

from __future__ import annotations

from typing import Final

from services.kernel.refusal import Reason

# Who asks, and whether he may.
UNAUTHENTICATED: Final = Reason(
    "UNAUTHENTICATED",
    401,
    "not signed in",
    "Send 'Authorization: Bearer <token>' with the request.",
)
TOKEN_INVALID: Final = UNAUTHENTICATED.also(
    "token", "The token is not valid here or has expired; get a new one from the issuer."
)
AUTHENTICATION_TOO_OLD: Final = Reason(
    "AUTHENTICATION_TOO_OLD",
    401,
    "sign in again before signing",
    "Whoever signs has signed in within the last {hours:number} hours; sign in again and repeat the"
    " act with the new token.",
)
FORBIDDEN: Final = Reason(
    "FORBIDDEN",
    403,
    "not permitted",
    "Your token lacks the scope {scope}; ask your issuer for a role that has it.",
)
NOT_YOURS: Final = FORBIDDEN.also(
    "own", "You act in your own name, for your own group and port only; this belongs to another."
)
OFFICER_NOT_ON_FILE: Final = Reason(
    "OFFICER_NOT_ON_FILE",
    403,
    "officer not on file",
    "You may read here but not decide: you are not on file as an officer in service at this port,"
    " or are entered as away today. The registrar files officers; a supervisor enters who is back.",
)
KEPT_BY_CUSTOMS: Final = Reason(
    "KEPT_BY_CUSTOMS",
    409,
    "customs keeps this lot in",
    "Customs wants to see this lot before it leaves. Keep the truck inside and call the port's"
    " inspection desk.",
)
NAME_IN_QUESTION: Final = Reason(
    "NAME_IN_QUESTION",
    409,
    "a name in this lot is in question",
    "Since {since:instant} somebody says that he has no part in this lot, though his name stands in"
    " it. The registrar's office decides, by {due:instant}; until it has, the lot is neither sold"
    " nor paid.",
)
OFFICER_NOT_ELIGIBLE: Final = Reason(
    "OFFICER_NOT_ELIGIBLE",
    403,
    "officer not eligible",
    "You are not on file with the skill {skill}, which this takes; an officer who has it acts.",
)
OFFICER_IN_CONFLICT: Final = OFFICER_NOT_ELIGIBLE.also(
    "interest", "You declared a conflict of interest with a party to this; another officer acts."
)
SAME_PERSON: Final = Reason(
    "SAME_PERSON",
    409,
    "needs another person",
    "You decided first; the second signature is another person's. Where nobody else may give it,"
    " another person is to be given your post: until then it waits.",
)
ANOTHER_BODY: Final = SAME_PERSON.also(
    "body", "Both signatures are given by the same body; this one is another body's."
)

# What is asked for.
NOT_FOUND: Final = Reason(
    "NOT_FOUND",
    404,
    "does not exist, or not yours",
    "There is no such record, or it is not yours to see; check the id or code.",
)
NO_ADDRESS: Final = NOT_FOUND.also(
    "address", "There is nothing at this address; see the API explorer."
)
METHOD_NOT_ALLOWED: Final = Reason(
    "METHOD_NOT_ALLOWED",
    405,
    "method not taken here",
    "This address does not take this method; see the API explorer.",
)
IDEMPOTENCY_KEY_REQUIRED: Final = Reason(
    "IDEMPOTENCY_KEY_REQUIRED",
    400,
    "Idempotency-Key missing",
    "Send an Idempotency-Key header (a fresh UUID per intended act, the same one when you retry).",
)
IDEMPOTENCY_KEY_REUSED: Final = Reason(
    "IDEMPOTENCY_KEY_REUSED",
    422,
    "key used for another request",
    "This Idempotency-Key was used for another request; use a new key for a new request.",
)
IN_PROGRESS: Final = Reason(
    "IN_PROGRESS",
    409,
    "same request being worked on",
    "Another act on the same case is still being worked on; send this one again, under the same"
    " key, in a moment.",
)
VERSION_MISMATCH: Final = Reason(
    "VERSION_MISMATCH",
    412,
    "changed since you read it",
    "The case has changed since you read it; read it again.",
)
VERSION_NOT_COMPARED: Final = VERSION_MISMATCH.also(
    "act", "This act compares no version; leave If-Match out and send it under a new key."
)
VERSION_UNREADABLE: Final = VERSION_MISMATCH.also(
    "tag", "If-Match takes the ETag of the case as you read it."
)
VERSION_NOT_NAMED: Final = Reason(
    "PRECONDITION_REQUIRED",
    428,
    "version that was read not named",
    "Send If-Match with the ETag of this as you read it: its GET answers with it, and with its"
    " version. Nobody signs what he has not read.",
)
STATE_CONFLICT: Final = Reason(
    "STATE_CONFLICT",
    409,
    "state does not allow it",
    "{case:case}: {state:of_case}. Not possible now: {act:of_case}; possible: {possible:of_case}."
    " Read it again.",
)
NOTHING_POSSIBLE: Final = STATE_CONFLICT.also(
    "nothing", "{case:case}: {state:of_case}. Not possible now: {act:of_case}. Read it again."
)
DECIDED_BEFORE: Final = STATE_CONFLICT.also(
    "decided", "This was decided before, or has ended; read it again."
)

# How much, how fast, and the window's own troubles.
NOT_HTTP: Final = Reason(
    "HTTP_INVALID",
    400,
    "not well-formed HTTP",
    "This is not well-formed HTTP: {found} Send it through an HTTP library.",
)
TOO_SLOW: Final = Reason(
    "TOO_SLOW",
    408,
    "arrived too slowly",
    "The body did not arrive in time; send it again over a better line.",
)
TOO_LARGE: Final = Reason(
    "TOO_LARGE", 413, "too large", "A body here may have at most {size}; send less."
)
TOO_MANY_MEMBERS: Final = TOO_LARGE.also(
    "members", "A body here may have at most {members:number} members in all; send less."
)
UNSUPPORTED_MEDIA_TYPE: Final = Reason(
    "UNSUPPORTED_MEDIA_TYPE", 415, "kind of body not taken", "Send the body as {kind}."
)
ENCODED: Final = UNSUPPORTED_MEDIA_TYPE.also(
    "encoded", "Send the body as it is, without a Content-Encoding such as gzip."
)
HEADERS_TOO_LARGE: Final = Reason(
    "HEADERS_TOO_LARGE",
    431,
    "headers too large",
    "Address and headers may have at most {size} together; send less.",
)
TOO_MANY_REQUESTS: Final = Reason(
    "TOO_MANY_REQUESTS", 429, "window is full", "The window is full; try again in a second."
)
TOO_MANY_HALF_SENT: Final = TOO_MANY_REQUESTS.also(
    "half_sent", "Too many of your requests are only half sent; finish them first."
)
TOO_MANY_WAIT: Final = TOO_MANY_REQUESTS.also(
    "waiting",
    "Too many wait here; ask without Prefer, or follow the stream, which tells of all your cases.",
)
INTERNAL: Final = Reason(
    "INTERNAL",
    500,
    "fault of the window",
    "This is our fault and is logged under the request id; please report it.",
)
UNAVAILABLE: Final = Reason(
    "UNAVAILABLE",
    503,
    "not available now",
    "The window cannot reach its database right now. Nothing is known of this request: send it"
    " again with the same Idempotency-Key.",
)
NO_ROOM: Final = UNAVAILABLE.also(
    "no_room",
    "The window's database has no room to write right now. Nothing is known of this request: send"
    " it again with the same Idempotency-Key.",
)

# Values that several services take.
AMOUNT_INVALID: Final = Reason(
    "AMOUNT_INVALID",
    422,
    "sum not well formed",
    "This is not an amount; write it like 7934.00.",
)
AMOUNT_TOO_FINE: Final = AMOUNT_INVALID.also(
    "decimals", "{currency} has {places:number} decimals; the amount has more. Correct it."
)
CURRENCY_UNKNOWN: Final = Reason(
    "CURRENCY_UNKNOWN",
    422,
    "unknown currency",
    "This is not an ISO 4217 currency; use e.g. CNY.",
)
WEIGHT_INVALID: Final = Reason(
    "WEIGHT_INVALID",
    422,
    "weight not well formed",
    "This is not a weight in kg with at most three decimals (grams); write it like 147.7.",
)
ID_INVALID: Final = Reason(
    "ID_INVALID",
    422,
    "identity number invalid",
    "Not an identity number: its check character does not fit; correct it.",
)
ID_SHAPE: Final = ID_INVALID.also(
    "shape",
    "Not an identity number: it has 17 digits and a check character, a digit or X; write all 18.",
)
ID_OF_15: Final = ID_INVALID.also(
    "fifteen", "Numbers of 15 digits are no longer issued; write the 18 characters of today's card."
)
ID_AS_FIGURE: Final = ID_INVALID.also(
    "figure",
    "A spreadsheet has made a figure of this number and lost its last digits; make the column text"
    " and write the number anew.",
)
ID_AREA: Final = ID_INVALID.also(
    "area", "Not an identity number: its first digits are no area; correct it."
)
ID_BIRTH: Final = ID_INVALID.also(
    "birth", "Not an identity number: nobody was born on the day that it names; correct it."
)
PERIOD_INVALID: Final = Reason(
    "PERIOD_INVALID", 422, "not a possible period", "The period ends before it begins."
)
PERIOD_EMPTY: Final = PERIOD_INVALID.also(
    "empty", "The period ends before it covers a single day; the end is exclusive."
)
PERIOD_OVERLAP: Final = Reason(
    "PERIOD_OVERLAP",
    409,
    "periods overlap",
    "Another period of the same covers some of these days; end that one first.",
)
PAST_KEPT: Final = PERIOD_OVERLAP.also(
    "past",
    "What held before {today:day} stays as it is on file; let what changes begin, or end, that day"
    " or later.",
)
DUPLICATE_ROW: Final = Reason(
    "DUPLICATE_ROW",
    422,
    "row named twice",
    "An earlier row of this filing names the same record; send each once.",
)
NOT_FILED_YET: Final = Reason(
    "NOT_FILED_YET",
    422,
    "refers to what is not filed",
    "There is no such {kind:register} on file; file it first.",
)
POLICY_MISSING: Final = Reason(
    "POLICY_MISSING",
    409,
    "no parameter in force",
    "No legal parameter {key} is in force on {day:day}; a policy officer must enter it.",
)
DUPLICATE_REFERENCE: Final = Reason(
    "DUPLICATE_REFERENCE",
    409,
    "reference already used",
    "You have used this reference already; look that record up, or use a new reference.",
)
RESIDENT_NOT_FILED: Final = Reason(
    "RESIDENT_NOT_FILED",
    409,
    "resident not filed",
    "No resident is filed under this number; the filing office files the resident first.",
)
NOT_A_MEMBER: Final = Reason(
    "NOT_A_MEMBER",
    409,
    "not a member that day",
    "Not a member of the group on {day:day}; take it out, or file the membership first.",
)
NOT_RELEASED: Final = Reason(
    "NOT_RELEASED",
    409,
    "not released",
    "Customs has not released this lot; keep it inside, and neither sell nor pay for it yet.",
)
NOT_DRAWN: Final = Reason(
    "NOT_DRAWN",
    409,
    "not drawn for it",
    "You were not drawn for this; one of the two drawn officers acts.",
)
OFFICERS_STILL_ELIGIBLE: Final = Reason(
    "OFFICERS_STILL_ELIGIBLE",
    409,
    "both may still decide",
    "Both drawn officers may decide; nothing is redrawn.",
)

# Banks and their prices.
BANKS_ONLY: Final = FORBIDDEN.also("bank", "Only a bank may call this; use your bank's token.")
PAIR_UNKNOWN: Final = Reason(
    "PAIR_UNKNOWN", 422, "pair not quoted here", "Banks quote these pairs here: {pairs}."
)
QUOTE_UNAVAILABLE: Final = Reason(
    "QUOTE_UNAVAILABLE",
    409,
    "no bank quotes now",
    "No bank quotes this pair now; try again when the price is published.",
)
PRICE_MOVED: Final = Reason(
    "PRICE_MOVED",
    409,
    "price moved too far on one bank's word",
    "The price {mid} stands further from the last published one, {last_mid}, than one bank alone"
    " may move it; try again when another bank quotes near it, or two policy officers allow the"
    " move.",
)
CALENDAR_MISSING: Final = Reason(
    "CALENDAR_MISSING",
    409,
    "holidays of that year missing",
    "The official calendar of {country} for {year} is not known yet, so nobody knows on which days"
    " banks work then; policy officers file it as calendar.days, scope {country}-{year}.",
)
BANK_UNAVAILABLE: Final = Reason(
    "BANK_UNAVAILABLE",
    409,
    "no bank on duty",
    "No bank on the rota deals in this currency today; try again tomorrow.",
)
SELLER_UNKNOWN: Final = Reason(
    "SELLER_UNKNOWN",
    409,
    "seller not filed",
    "The seller is not in the register; the registrar files it with its bank and account first.",
)

# Factories.
NOT_FILED: Final = Reason(
    "NOT_FILED",
    409,
    "not filed for these goods",
    "The enterprise has no processing filing in force; file it with the registrar first.",
)
