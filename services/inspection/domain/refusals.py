"""Why inspection refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
from services.kernel.refusal import Reason

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
    "State at least one result; “{alone:result}” cannot stand beside another.",
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
    "With the method {method:method} the weight found is stated: weigh the goods.",
)
OTHER_GOODS: Final = Reason(
    "FINDINGS_INCONSISTENT",
    422,
    "results and weight disagree",
    "Other goods or another origin than declared is a difference: state which result.",
)
DIFFERENCE_UNSTATED: Final = OTHER_GOODS.also(
    "unstated",
    "{found_kg:kg} were found, {declared_kg:kg} in {pieces:number} pieces declared. State"
    " “{quantity:result}” and what should become of the goods, or weigh and count again.",
)
DIFFERENCE_NOT_FOUND: Final = OTHER_GOODS.also(
    "not_found",
    "{found_kg:kg} were found, {declared_kg:kg} in {pieces:number} pieces declared. Weigh again,"
    " state the pieces found or the goods that differ, or leave “{quantity:result}” out.",
)
FINDINGS_STAND: Final = refusals.OFFICERS_STILL_ELIGIBLE.also(
    "findings",
    "What was found stands though its author may act no more; the other drawn officer signs it or"
    " sends it back.",
)
SAID_AWAY_YOURSELF: Final = refusals.SAME_PERSON.also(
    "away",
    "You said yourself that the drawn officer is away; another officer of the port has one drawn in"
    " that place.",
)
LOT_WITHDRAWN: Final = refusals.STATE_CONFLICT.also(
    "withdrawn", "The lot has ended meanwhile; its order ends by itself."
)
EXAMINED: Final = refusals.STATE_CONFLICT.also(
    "examined",
    "Officers have recorded findings on the lot; conclude its inspection instead.",
)
