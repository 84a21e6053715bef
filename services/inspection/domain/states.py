"""States of an inspection order."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import CUSTOMS_INSIDE, DONE, Held, Outside, StateTable, Wait


class OrderState(StrEnum):
    """Where an inspection order (查验单) stands."""

    UNSTAFFED = "UNSTAFFED"
    """Fewer than two eligible officers, or no bay: it waits and is drawn again."""
    ASSIGNED = "ASSIGNED"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    SENT_BACK = "SENT_BACK"
    """The second officer disagreed; findings are made again."""
    CONCLUDED = "CONCLUDED"
    WITHDRAWN = "WITHDRAWN"


_O = OrderState
_FINDINGS: Final = Held(
    "customs", (Wait("FINDINGS", "A drawn officer must record findings.", "drawn"),)
)
ORDER: Final = StateTable[OrderState](
    "inspection_order",
    moves={
        (_O.UNSTAFFED, "draw"): _O.ASSIGNED,
        (_O.UNSTAFFED, "draw_signer"): _O.AWAITING_SIGNATURE,
        # Drawn on demand, as soon as somebody knows that there are officers again.
        (_O.UNSTAFFED, "redraw"): _O.ASSIGNED,
        (_O.ASSIGNED, "redraw"): _O.ASSIGNED,
        (_O.ASSIGNED, "let_go"): _O.ASSIGNED,
        (_O.ASSIGNED, "record_findings"): _O.AWAITING_SIGNATURE,
        (_O.SENT_BACK, "redraw"): _O.ASSIGNED,
        (_O.SENT_BACK, "record_findings"): _O.AWAITING_SIGNATURE,
        # What was found stands: only who is to sign it is drawn anew.
        (_O.AWAITING_SIGNATURE, "redraw"): _O.AWAITING_SIGNATURE,
        (_O.AWAITING_SIGNATURE, "countersign"): _O.CONCLUDED,
        (_O.AWAITING_SIGNATURE, "send_back"): _O.SENT_BACK,
        (_O.UNSTAFFED, "withdraw"): _O.WITHDRAWN,
        (_O.ASSIGNED, "withdraw"): _O.WITHDRAWN,
        (_O.AWAITING_SIGNATURE, "withdraw"): _O.WITHDRAWN,
        (_O.SENT_BACK, "withdraw"): _O.WITHDRAWN,
    },
    held={
        _O.UNSTAFFED: Held(
            "customs", (Wait("OFFICERS", "Two eligible officers and a bay are needed.", "port"),)
        ),
        _O.ASSIGNED: _FINDINGS,
        _O.SENT_BACK: _FINDINGS,
        _O.AWAITING_SIGNATURE: Held(
            "customs", (Wait("COUNTERSIGNATURE", "The second officer must sign.", "other"),)
        ),
        _O.CONCLUDED: DONE,
        _O.WITHDRAWN: DONE,
    },
    outside=Outside(
        CUSTOMS_INSIDE,
        dict.fromkeys((_O.UNSTAFFED, _O.AWAITING_SIGNATURE, _O.SENT_BACK), _O.ASSIGNED),
    ),
)

_OF_OFFICERS: Final = frozenset({"redraw"})
_OF_DRAWN: Final = frozenset({"let_go", "record_findings"})
_OF_THE_OTHER: Final = frozenset({"countersign", "send_back"})
"""What any officer of the port may ask for, what the drawn ones do, and what of those the one does
who did not make the findings."""


def acts_open(
    state: OrderState, officer: str, drawn: Collection[str], author: str | None
) -> list[str]:
    """Which acts an order's state allows an officer of its port."""
    his = _OF_OFFICERS
    if officer in drawn:
        his |= _OF_DRAWN if author == officer else _OF_DRAWN | _OF_THE_OTHER
    return [act for act in ORDER.acts(state) if act in his]


CASES: Final = (
    KindOfCase(
        "ins", "inspection_order", ORDER, "inspection:order:read", "v_inspection_orders.order_id"
    ),
)
