"""Why landing processing refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

# The way to the factory.
NOT_OUT_OF_GATE: Final = Reason(
    "NOT_OUT_OF_GATE",
    409,
    "not out of the gate",
    "The goods have not passed the gate; dispatch them when they have.",
)
NOT_DISPATCHED: Final = Reason(
    "NOT_DISPATCHED",
    409,
    "not dispatched",
    "No escorted movement of this purchase has begun; record it first.",
)
ALREADY_DISPATCHED: Final = Reason(
    "ALREADY_DISPATCHED",
    409,
    "dispatched already",
    "This purchase is on its way or received; read it.",
)
ALREADY_RECEIVED: Final = Reason(
    "ALREADY_RECEIVED",
    409,
    "received already",
    "This purchase was received before; goods are received once.",
)
GOODS_LOST: Final = Reason(
    "GOODS_LOST",
    409,
    "written off as lost",
    "This load was written off as lost on its way, with an officer's consent. If it has turned up,"
    " leave its seal closed and ask for a correction of the kind FOUND; it is received after"
    " customs has consented.",
)
NOT_LOST: Final = Reason(
    "NOT_LOST",
    409,
    "not written off",
    "This load is not written off as lost: it is waited for; receive it when it has come.",
)
CONFLICT_OF_INTEREST: Final = refusals.FORBIDDEN.also(
    "interest", "You declared a conflict of interest with this enterprise; another officer decides."
)
# The book.
BOOK_OPEN: Final = Reason(
    "BOOK_OPEN",
    409,
    "a period is open",
    "Your last book is still open; close it, so that its stock can be carried over.",
)
PERIOD_TOO_EARLY: Final = refusals.PERIOD_OVERLAP.also(
    "book", "Your last period ran to {last:day}; begin after it."
)
PERIOD_TOO_LONG: Final = refusals.PERIOD_INVALID.also(
    "long", "A period covers at most {most:number} days; end it by {last:day}."
)
PERIOD_TOO_FAR: Final = refusals.PERIOD_INVALID.also(
    "far", "A period begins at most {most:number} days ahead; begin it by {last:day}."
)
NOT_BEGUN: Final = Reason(
    "PERIOD_NOT_BEGUN",
    409,
    "the period has not begun",
    "This book begins on {first:day}; until then nothing is entered in it or counted. If that day"
    " is wrong, ask for a correction of the period.",
)
OUTSIDE_PERIOD: Final = Reason(
    "OUTSIDE_PERIOD",
    409,
    "outside the period",
    "This book covers {first:day} to {last:day}, and days gone by.",
)
ALREADY_DECLARED: Final = Reason(
    "ALREADY_DECLARED",
    409,
    "declared already",
    "Unit consumption of this pair is declared for this period. While nothing is made by it, ask"
    " for a correction.",
)
CONSUMPTION_NOT_DECLARED: Final = Reason(
    "CONSUMPTION_NOT_DECLARED",
    409,
    "unit consumption not declared",
    "Unit consumption of this product was not declared before that day; declare it first.",
)
PRODUCTION_BEGUN: Final = Reason(
    "PRODUCTION_BEGUN",
    409,
    "production has begun",
    "Products were reported already; unit consumption is declared before production.",
)
ALREADY_REVERSED: Final = Reason(
    "ALREADY_REVERSED",
    409,
    "taken back already",
    "This report was taken back before; report anew.",
)
MATERIAL_UNKNOWN: Final = Reason(
    "MATERIAL_UNKNOWN",
    409,
    "material not in the book",
    "This material is not in the book; receive it first.",
)
MORE_THAN_CAME_IN: Final = Reason(
    "MORE_THAN_CAME_IN",
    409,
    "more than came in",
    "Only {left_kg:kg} of it came in and are not scrap yet; correct the weight.",
)
NOT_ENOUGH: Final = Reason(
    "MATERIAL_OVERDRAWN",
    409,
    "more used than the book holds",
    "By the declared unit consumption this uses {short_kg:kg} of {material} more than the book"
    " holds. Correct the weight; or say how it was made, for the officer to read.",
)
ENTERED_OTHERWISE: Final = refusals.DUPLICATE_REFERENCE.also(
    "entry",
    "Under this reference {entry_id} stands in this book, with another {field}. Send what stands"
    " there to be answered as then, or enter this under a new reference.",
)
COUNTED_MORE: Final = MORE_THAN_CAME_IN.also(
    "count", "Only {left_kg:kg} came in, scrap included; count again."
)
LESS_THAN_SCRAP: Final = MORE_THAN_CAME_IN.also(
    "receipt",
    "Scrap is reported of which at least {least_kg:kg} came in with this receipt; write that or"
    " more, or take the report of scrap back first.",
)
COUNT_INCOMPLETE: Final = Reason(
    "COUNT_INCOMPLETE", 422, "stock count incomplete", "Count this material too."
)
COUNT_UNKNOWN: Final = COUNT_INCOMPLETE.also(
    "unknown", "This material is not in the book; leave it out of the count."
)
RECEIPT_STANDS: Final = refusals.STATE_CONFLICT.also(
    "receipt",
    "A receipt cannot be weighed again; accept its difference with a reason, or consent to a"
    " correction that the factory asks for.",
)
OVERDRAFT_STANDS: Final = refusals.STATE_CONFLICT.also(
    "overdraft",
    "What was used cannot be counted again; accept it with a reason. It is given back when the"
    " factory takes its report back, or when you consent to a corrected receipt that covers it.",
)
# Corrections.
CORRECTION_FIELDS: Final = mistakes.REQUEST_INVALID.also(
    "correction", "A correction of this kind, {kind}, names {fields} and nothing else."
)
CORRECTION_WAITS: Final = Reason(
    "CORRECTION_WAITS",
    409,
    "a correction waits",
    "An officer has yet to decide on {correction_id}; ask for the next correction after that.",
)
NOTHING_TO_CORRECT: Final = Reason(
    "NOTHING_TO_CORRECT", 409, "nothing to correct", "The book says so already; read it again."
)
CONSUMPTION_UNKNOWN: Final = refusals.NOT_FOUND.also(
    "consumption", "Unit consumption of this pair is not declared in this book; declare it."
)
MATERIAL_USED: Final = Reason(
    "MATERIAL_IN_USE",
    409,
    "material has come in",
    "This material has come in or was written off; only one that never came in is taken out.",
)
ENTRIES_OUTSIDE: Final = refusals.PERIOD_INVALID.also(
    "entries", "Entries of {first:day} to {last:day} are in the book; its period covers them."
)
# Substantial processing.
NO_PROCESSING_RULE: Final = refusals.POLICY_MISSING.also(
    "process",
    "There is no processing rule for the material {material_hs}: neither it nor a shorter code of"
    " it is filed as a commodity with one, and {missing} names none on {day:day}. The registrar"
    " files the material's code with a rule ({rules}); the product's code is not looked up.",
)
CODE_UNCHANGED: Final = Reason(
    "NOT_SUBSTANTIALLY_PROCESSED",
    409,
    "not substantially processed",
    "{material} to {product} is not substantially processed: the rule of {rule_of}, {asked}, asks"
    " for the first {digits:number} digits of the code to change. Goods may not be resold"
    " unprocessed.",
)
PROCESS_NOT_LISTED: Final = CODE_UNCHANGED.also(
    "process",
    "{material} to {product} is not substantially processed: the rule of {rule_of}, {asked}, asks"
    " for one of the listed processes: {listed}. Goods may not be resold unprocessed.",
)
