"""Why the second market refuses: each code with its status and what the person is told to do."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
from services.kernel.refusal import Reason

AMOUNT_NOTHING: Final = refusals.AMOUNT_INVALID.also("nothing", "This is worth nothing; name more.")
ALREADY_SOLD: Final = Reason(
    "ALREADY_SOLD",
    409,
    "sold already",
    "This lot is sold, and a sale stands: one title has one holder. Choose one that is not sold.",
)
NOT_FILED_FOR: Final = refusals.NOT_FILED.also(
    "goods",
    "The enterprise has no processing filing in force for {hs_code}; file it with the registrar"
    " first.",
)
CAPACITY_EXCEEDED: Final = Reason(
    "CAPACITY_EXCEEDED",
    409,
    "yearly capacity used up",
    "The lot would exceed the yearly capacity the factory is filed for; {left_kg:kg} are left.",
)
CAPACITY_JUST_USED: Final = CAPACITY_EXCEEDED.also(
    "race", "Another purchase has just used the rest of the yearly capacity."
)
COMMODITY_MISMATCH: Final = Reason(
    "COMMODITY_MISMATCH",
    409,
    "another commodity",
    "The order asks for {ordered}, the lot is {lot}; choose a lot that suits.",
)
CURRENCY_MISMATCH: Final = Reason(
    "CURRENCY_MISMATCH",
    409,
    "another currency",
    "The lot was declared in {currency}; order in that currency.",
)
NOT_OFFERED: Final = Reason(
    "NOT_OFFERED",
    409,
    "not offered by its residents",
    "The residents have not agreed to sell you this lot: its group's clerk, or the resident who"
    " declared it, offers it to your order first.",
)
NOTHING_OFFERED: Final = NOT_OFFERED.also(
    "withdraw", "This lot is not offered to that order; nothing to withdraw."
)
ALREADY_OFFERED: Final = Reason(
    "ALREADY_OFFERED",
    409,
    "offered already",
    "This lot is offered to that order already; the factory may buy it.",
)
PRICE_DIFFERS: Final = Reason(
    "PRICE_DIFFERS",
    409,
    "another price than ordered",
    "The order names another price per kilogram, {unit_price:number}; offer at that price, or not"
    " at all.",
)
OWN_USE: Final = Reason(
    "OWN_USE", 409, "declared for own use", "The residents keep this lot for themselves."
)
ORDER_FILLED: Final = Reason(
    "ORDER_FILLED", 409, "order is filled", "The order is filled; create another."
)
ORDER_JUST_ENDED: Final = ORDER_FILLED.also(
    "race", "The order has just been filled or taken back; create another."
)
ORDER_CANCELLED: Final = Reason(
    "ORDER_CANCELLED",
    409,
    "order is taken back",
    "The factory has taken this order back; nothing is sold under it. Choose another.",
)
KEPT_OFF: Final = refusals.KEPT_BY_CUSTOMS.also(
    "market",
    "Customs does not let this lot be sold under this order now. Ask the inspection desk of the"
    " port.",
)
KEPT_IN: Final = refusals.KEPT_BY_CUSTOMS.also(
    "sale",
    "Customs wants to see these goods before they leave, and until then they are not sold. Buy them"
    " when they may leave.",
)
