"""Why risk refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

RULE_FORM: Final = mistakes.REQUEST_INVALID.also(
    "rule", "Write a rule of 1 to 500 characters in CEL."
)
DRAW_DAY_CLOSED: Final = refusals.STATE_CONFLICT.also(
    "draw_closed", "This draw day is closed; its seed is public."
)
DRAW_DAY_AHEAD: Final = Reason(
    "DRAW_DAY_AHEAD",
    422,
    "draw day too far ahead",
    "A draw day is begun on the day itself or the day before; ask again then.",
)
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
NOT_INSIDE: Final = refusals.STATE_CONFLICT.also(
    "not_inside", "This lot is {state:lot}: its goods are not inside any more."
)
INSPECTED_ALREADY: Final = refusals.STATE_CONFLICT.also(
    "inspected_already", "An open order inspects this lot at least as closely; conclude that first."
)
RETIREMENT_PAST: Final = mistakes.REQUEST_INVALID.also(
    "retirement_past", "A rule ends today at the earliest: what it has judged stays judged by it."
)
RULE_NOT_IN_FORCE: Final = refusals.STATE_CONFLICT.also(
    "rule_over", "Only an approved rule that has not ended by then can be retired."
)
RETIREMENT_PENDING: Final = Reason(
    "RETIREMENT_PENDING",
    409,
    "its retirement waits",
    "The retirement of {code} waits for a decision already; decide that first.",
)
NO_RETIREMENT: Final = refusals.STATE_CONFLICT.also(
    "no_retirement", "No retirement of this rule waits for a decision."
)
RETIREMENT_LATE: Final = refusals.STATE_CONFLICT.also(
    "retirement_late",
    "The rule was to end on {ends_on:day}, which is over: what it has judged stays judged by it."
    " Turn this down; it can be proposed anew from today on.",
)
PERIOD_BACKWARDS: Final = mistakes.REQUEST_INVALID.also(
    "period", "It would end before it begins; let it end later than the day from which it holds."
)
