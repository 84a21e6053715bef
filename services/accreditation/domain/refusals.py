"""Why accreditation refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

NOT_AN_ENTERPRISE: Final = Reason(
    "NOT_AN_ENTERPRISE",
    409,
    "not a registered enterprise",
    "Only a registered enterprise may apply.",
)
ALREADY_OPEN: Final = Reason(
    "ALREADY_OPEN",
    409,
    "an accreditation is open",
    "An accreditation of this enterprise is open, {case_id}; look it up.",
)
REFERENCE_APPLIED: Final = refusals.DUPLICATE_REFERENCE.also(
    "applied",
    "You have used this reference already, for {case_id}; look that up, or use a new reference.",
)
CREDIT_NOT_REPAIRED: Final = Reason(
    "CREDIT_NOT_REPAIRED",
    409,
    "credit not repaired",
    "The enterprise is dishonest; repair its credit first.",
)
REAPPLY_TOO_EARLY: Final = Reason(
    "REAPPLY_TOO_EARLY",
    409,
    "applied again too early",
    "This enterprise may apply again from {again_from:day}.",
)
LEVEL_UNKNOWN: Final = Reason(
    "LEVEL_UNKNOWN",
    422,
    "level not of that day's law",
    "The law in force on that day has no level {level:credit_level}; choose another.",
)
LEVEL_NOT_ONE_OF: Final = LEVEL_UNKNOWN.also("choice", "Name one of {levels}.")
LEVEL_NOT_ASKED: Final = LEVEL_UNKNOWN.also("none", "Only a downgrade names a level; leave it out.")
TRADE_UNKNOWN: Final = Reason(
    "TRADE_UNKNOWN",
    422,
    "trade unknown",
    "There are no trades named {unknown}; known are {known}.",
)
TRADE_MISSING: Final = Reason(
    "TRADE_MISSING",
    422,
    "trade missing",
    "The enterprise is filed for {missing}; name these trades too: their standards apply.",
)
MARKS_INCOMPLETE: Final = Reason(
    "MARKS_INCOMPLETE",
    422,
    "marks incomplete",
    "Mark every standard once; missing: {missing}; not known here: {unknown}.",
)
CLOCK_NOT_RUNNING: Final = Reason(
    "CLOCK_NOT_RUNNING",
    409,
    "no clock is running",
    "No decision clock is running on this case.",
)
CLOCK_RAN_OUT: Final = Reason(
    "CLOCK_RAN_OUT", 409, "the clock has run out", "The clock has run out; decide the case."
)
ALREADY_EXTENDED: Final = Reason(
    "ALREADY_EXTENDED",
    409,
    "extended once already",
    "The clock was extended once; it cannot be again. Decide the case.",
)
REEXAMINATION_STANDS: Final = refusals.STATE_CONFLICT.also(
    "reexamination",
    "A certified enterprise is examined again; that is not withdrawn, and customs decides on it.",
)
SCORE_NOT_PASSED: Final = Reason(
    "SCORE_NOT_PASSED",
    409,
    "score not passed",
    "The scoring was not passed; it can only be failed.",
)
NO_CERTIFICATE: Final = Reason(
    "NO_CERTIFICATE",
    409,
    "no certificate yet",
    "There is no certificate yet that could rest or be revoked; decide on the application.",
)
ALREADY_SUSPENDED: Final = Reason(
    "ALREADY_SUSPENDED",
    409,
    "rests already",
    "The certificate rests already; end the re-examination, or revoke it.",
)
DECISION_PENDING: Final = Reason(
    "DECISION_PENDING",
    409,
    "a decision waits",
    "Another decision on this case waits for a signature already; sign or refuse that first.",
)
PARTY_NOT_FILED: Final = Reason(
    "PARTY_NOT_FILED",
    422,
    "party not filed",
    "No such party is filed; look at its kind and its code, or have it filed first.",
)
CREDIT_PENDING: Final = Reason(
    "CREDIT_PENDING",
    409,
    "a level waits",
    "Another decision about this party, {case_id}, waits for a signature; sign or refuse that"
    " first.",
)
NOTHING_TO_SIGN: Final = Reason(
    "NOTHING_TO_SIGN", 409, "nothing to sign", "No decision waits for a signature."
)
CERTIFICATE_IN_FORCE: Final = Reason(
    "CERTIFICATE_IN_FORCE",
    409,
    "certificate in force",
    "The enterprise is certified; downgrade it in {case_id}.",
)
GROUNDS_INSUFFICIENT: Final = Reason(
    "GROUNDS_INSUFFICIENT",
    409,
    "grounds insufficient",
    "Violations or fines are not over the limit; both must exceed it.",
)
GROUNDS_DIFFER: Final = GROUNDS_INSUFFICIENT.also(
    "level", "{grounds} does not lead to {level:credit_level}; correct one of them."
)
LEVEL_MILDER: Final = GROUNDS_INSUFFICIENT.also(
    "milder",
    "The party is {stands:credit_level}; {level:credit_level} would be milder, which only a repair"
    " of its credit leads to.",
)
NOTHING_TO_REPAIR: Final = Reason(
    "NOTHING_TO_REPAIR",
    409,
    "nothing to repair",
    "The party is not dishonest; there is nothing to repair. A certified level is applied for.",
)
REPAIR_TOO_EARLY: Final = Reason(
    "REPAIR_TOO_EARLY",
    409,
    "credit repaired too early",
    "The credit of this party may be repaired from {again_from:day}.",
)
REASON_CODE_MISSING: Final = mistakes.REQUEST_INVALID.also(
    "reason_code", "Whoever declines gives a reason_code."
)
REASON_CODE_UNASKED: Final = mistakes.REQUEST_INVALID.also(
    "no_reason_code", "Whoever accepts gives no reason code; leave it out, or decline."
)
TRADES_UNASKED: Final = mistakes.REQUEST_INVALID.also(
    "no_trades", "Whoever declines has nothing examined; leave the trades out, or accept."
)
