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


class Stands(StrEnum):
    """What of an order and of the officer who reads it closes acts on it, beside its state."""

    AWAY = "AWAY"  # not in service at its port, or not today
    UNFIT = "UNFIT"  # has lost the skill, or declared an interest
    NOT_DRAWN = "NOT_DRAWN"  # another two were drawn
    OWN_FINDINGS = "OWN_FINDINGS"  # made the findings that wait to be signed
    LET_GO = "LET_GO"  # has let the lot be withdrawn, and waits for the other one's word
    SAID_AWAY = "SAID_AWAY"  # said himself that a drawn one is away
    EXAMINED = "EXAMINED"  # something was found in the lot
    LOT_ENDED = "LOT_ENDED"  # nothing of the lot is left to inspect


_OF_THE_OTHER: Final = frozenset({"countersign", "send_back"})
_OF_DRAWN: Final = frozenset({"let_go", "record_findings"}) | _OF_THE_OTHER
_OF_OFFICERS: Final = frozenset({"redraw"}) | _OF_DRAWN
"""What of the two drawn the one does who did not make the findings, what the drawn ones do, and
what any officer of the port does."""
_CLOSES: Final = {
    Stands.AWAY: _OF_OFFICERS,
    Stands.UNFIT: _OF_DRAWN,
    Stands.NOT_DRAWN: _OF_DRAWN,
    Stands.OWN_FINDINGS: _OF_THE_OTHER,
    Stands.LET_GO: frozenset({"let_go"}),
    Stands.SAID_AWAY: frozenset({"redraw"}),
    Stands.EXAMINED: frozenset({"let_go"}),
    Stands.LOT_ENDED: frozenset({"record_findings"}),
}
"""Which acts it closes."""


def acts_open(state: OrderState, stands: Collection[Stands]) -> list[str]:
    """Which acts an order's state allows an officer of its port to whom it stands so."""
    his = _OF_OFFICERS.difference(*(_CLOSES[one] for one in stands))
    return [act for act in ORDER.acts(state) if act in his]


CASES: Final = (
    KindOfCase(
        "ins", "inspection_order", ORDER, "inspection:order:read", "v_inspection_orders.order_id"
    ),
)
