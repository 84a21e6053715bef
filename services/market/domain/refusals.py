"""Why the market refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import mistakes, refusals
from services.kernel.refusal import Reason

SIGNATORY_NOT_ON_FILE: Final = Reason(
    "SIGNATORY_NOT_ON_FILE",
    403,
    "not on file as a signatory",
    "You are not on file as a signatory of your bank for this, so you may read but not sign; your"
    " bank files its signatories with the registrar.",
)
QUOTE_ENDED: Final = mistakes.REQUEST_INVALID.also(
    "quote_ended", "A quote holds into the future; is your clock right?"
)
QUOTE_TOO_SHORT: Final = Reason(
    "QUOTE_TOO_SHORT",
    422,
    "quote too short",
    "A quote holds for at least {seconds} s; give it a later end, or none. One that you would deal"
    " at no longer can be withdrawn at any time.",
)
QUOTE_SIDES: Final = mistakes.REQUEST_INVALID.also("sides", "Give mid, or both bid and ask.")
QUOTE_ORDER: Final = mistakes.REQUEST_INVALID.also(
    "order", "bid is at most mid, and mid at most ask; correct them."
)
QUOTE_FORMS: Final = mistakes.REQUEST_INVALID.also(
    "forms", "Give tiers without another price, the last for the volume; or mid, or bid and ask."
)
TIER_ORDER: Final = mistakes.REQUEST_INVALID.also(
    "tiers",
    "Tier {tier:number} is to be for more than the one before, with a bid no higher and an ask no"
    " lower than its; correct it.",
)
TIER_TOO_WIDE: Final = Reason(
    "TIER_TOO_WIDE",
    422,
    "tier too wide",
    "A tier of this quote stands between {lowest:number} and {highest:number}; narrow it, or leave"
    " it out.",
)
QUOTES_APART: Final = Reason(
    "QUOTES_APART",
    409,
    "quotes too far apart",
    "{banks} quote too far apart for a price to be made of it. There is none until they agree, or"
    " another bank's quote stands near one of them.",
)
VOLUME_TOO_LARGE: Final = Reason(
    "VOLUME_TOO_LARGE",
    422,
    "volume too large",
    "A quote is for at most {most} {currency}; quote a volume that the bank would deal.",
)
QUOTE_NOT_STANDING: Final = refusals.STATE_CONFLICT.also(
    "quote", "This quote counts no longer; there is nothing to withdraw."
)
ABSENCE_PAST: Final = Reason(
    "ABSENCE_INVALID",
    422,
    "no day to be absent on",
    "{day:day} is over; an absence is announced for a day that has not passed.",
)
ABSENCE_IDLE: Final = ABSENCE_PAST.also(
    "idle", "Banks do not work on {day:day}, so no bank is on duty then."
)
ABSENCE_LAST: Final = ABSENCE_PAST.also(
    "last",
    "Every other bank of the rota is absent on {day:day}, and one does the duty; another takes its"
    " absence back first.",
)
ABSENCE_BEGUN: Final = ABSENCE_PAST.also(
    "begun", "{day:day} has begun or is over; what was announced for it is not taken back any more."
)
ABSENCE_NOT_ANNOUNCED: Final = refusals.STATE_CONFLICT.also(
    "absence", "Your bank has announced no absence for {day:day}; there is nothing to take back."
)
