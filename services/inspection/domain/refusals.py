"""Why inspection refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

# Orders and findings.
NOT_DRAWN: Final = Reason(
    "NOT_DRAWN",
    409,
    "not drawn for it",
    "You were not drawn for this; one of the two drawn officers acts.",
)
METHOD_INSUFFICIENT: Final = Reason(
    "METHOD_INSUFFICIENT",
    409,
    "less than was ordered",
    "Ordered is {ordered:method}, and {method:method} is less; inspect at least as deeply.",
)
RESULTS_INCONSISTENT: Final = Reason(
    "RESULTS_INCONSISTENT",
    422,
    "results contradict",
    "State at least one result; NO_DIFFERENCE cannot stand beside another.",
)
DISPOSAL_NOT_ALLOWED: Final = Reason(
    "DISPOSAL_NOT_ALLOWED",
    422,
    "disposal does not follow",
    "{disposal:disposal} does not follow from the results; possible: {possible:disposal}.",
)
WEIGHT_REQUIRED: Final = Reason(
    "WEIGHT_REQUIRED",
    422,
    "weight found missing",
    "With the method {method:method} state found_kg, the weight found.",
)
OTHER_GOODS: Final = Reason(
    "FINDINGS_INCONSISTENT",
    422,
    "results and weight disagree",
    "Other goods or another origin than declared is a difference: state which result.",
)
DIFFERENCE_UNSTATED: Final = OTHER_GOODS.also(
    "unstated",
    "{found_kg:kg} were found, {declared_kg:kg} in {pieces:number} pieces declared. State QUANTITY"
    " and what should become of the goods, or weigh and count again.",
)
DIFFERENCE_NOT_FOUND: Final = OTHER_GOODS.also(
    "not_found",
    "{found_kg:kg} were found, {declared_kg:kg} in {pieces:number} pieces declared. Weigh again,"
    " state in items what differs in weight or pieces, or leave QUANTITY out.",
)
LOT_WITHDRAWN: Final = refusals.STATE_CONFLICT.also(
    "withdrawn", "The lot was withdrawn before anything was found; its order ends by itself."
)
OFFICERS_STILL_ELIGIBLE: Final = Reason(
    "OFFICERS_STILL_ELIGIBLE",
    409,
    "both may still decide",
    "Both drawn officers may decide; nothing is redrawn.",
)
DRAW_DAY_CLOSED: Final = refusals.STATE_CONFLICT.also(
    "draw_closed", "This draw day is closed; its seed is public."
)

# Risk rules.
RULE_INVALID: Final = Reason(
    "RULE_INVALID",
    422,
    "rule invalid",
    "The rule cannot be evaluated: {found}. Correct it; the facts are {facts}.",
)
RULE_FACTS_UNKNOWN: Final = RULE_INVALID.also(
    "facts", "There are no facts named {unknown}; the facts are {facts}."
)
RULE_FACTS_MISTYPED: Final = RULE_INVALID.also(
    "types", "These facts of the example have the wrong type: {wrong}; correct them."
)
RULE_WITHOUT_HIT: Final = RULE_INVALID.also(
    "no_hit", "The rule does not hit its own example; correct the rule or the example."
)
RULE_TOO_COSTLY: Final = Reason(
    "RULE_TOO_COSTLY",
    422,
    "rule would take too long",
    "Judging the rule could hold up every lot. Write comprehensions side by side and not inside one"
    " another, at most {comprehensions:number}; regular expressions outside them, written out, at"
    " most {matches:number}; or make several rules.",
)
RULE_PENDING: Final = Reason(
    "RULE_PENDING",
    409,
    "another wording waits",
    "Another wording of {code} waits for a decision; decide that first.",
)

# Accreditation and credit.
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
    "An accreditation of this enterprise is open; look it up.",
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
SCORE_NOT_PASSED: Final = Reason(
    "SCORE_NOT_PASSED",
    409,
    "score not passed",
    "The scoring was not passed; it can only be failed.",
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
    "No such party is filed; name it as kind:code, as its token does, or have it filed first.",
)
CREDIT_PENDING: Final = Reason(
    "CREDIT_PENDING",
    409,
    "a level waits",
    "Another decision about this party waits for a signature; sign or refuse that first.",
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

# The form of a request.
REMARK_MISSING: Final = mistakes.REQUEST_INVALID.also(
    "remark", "Say in remark why you do not agree."
)
PERIOD_BACKWARDS: Final = mistakes.REQUEST_INVALID.also(
    "period", "effective_to lies after effective_from; correct them."
)
REASON_CODE_MISSING: Final = mistakes.REQUEST_INVALID.also(
    "reason_code", "Whoever declines gives a reason_code."
)
