"""The life cycle of a lot.

====================  ===================  =======================================================
state                 held by              what it means
====================  ===================  =======================================================
SUBMITTED             members              accepted, quota and weight reserved, shares to confirm
IDENTITY_OK           window               every member confirmed; being screened
IN_INSPECTION         customs              an inspection order is open
RELEASED              carrier              goods may leave the supervised place
GATE_OUT              seller               goods are out; to be sold in the second market
SOLD                  bank                 bought by a factory; settlement still open
SETTLED               window               paid in full; the case is being closed
CLOSED                nobody               done
CANCELLED             nobody               withdrawn before release, a share refused or unanswered;
                                           quota and weight given back
REJECTED              nobody               inspection refused it; quota and weight given back
RETURNED              nobody               goods go back over the border; quota and weight back
SEIZED                customs              goods are seized; quota and weight are used up
====================  ===================  =======================================================
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.lot_waits import LotWait
from services.kernel.states import DONE, Held, StateTable, Wait


class LotState(StrEnum):
    """Where a lot stands."""

    SUBMITTED = "SUBMITTED"
    IDENTITY_OK = "IDENTITY_OK"
    IN_INSPECTION = "IN_INSPECTION"
    RELEASED = "RELEASED"
    GATE_OUT = "GATE_OUT"
    SOLD = "SOLD"
    SETTLED = "SETTLED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    SEIZED = "SEIZED"


S = LotState

LOT: Final = StateTable[LotState](
    "lot",
    moves={
        (S.SUBMITTED, "confirm"): S.IDENTITY_OK,
        (S.SUBMITTED, "amend"): S.SUBMITTED,
        (S.SUBMITTED, "remind"): S.SUBMITTED,
        (S.SUBMITTED, "call_in"): S.SUBMITTED,
        (S.IDENTITY_OK, "call_in"): S.IDENTITY_OK,
        (S.IN_INSPECTION, "call_in"): S.IN_INSPECTION,
        (S.RELEASED, "call_in"): S.IN_INSPECTION,
        (S.SUBMITTED, "decline"): S.CANCELLED,
        (S.SUBMITTED, "lapse"): S.CANCELLED,
        (S.IDENTITY_OK, "release"): S.RELEASED,
        (S.IDENTITY_OK, "inspect"): S.IN_INSPECTION,
        (S.IN_INSPECTION, "inspect"): S.IN_INSPECTION,
        (S.IN_INSPECTION, "release"): S.RELEASED,
        (S.IN_INSPECTION, "reject"): S.REJECTED,
        (S.IN_INSPECTION, "return"): S.RETURNED,
        (S.IN_INSPECTION, "seize"): S.SEIZED,
        (S.SUBMITTED, "cancel"): S.CANCELLED,
        (S.IDENTITY_OK, "cancel"): S.CANCELLED,
        (S.IN_INSPECTION, "cancel"): S.CANCELLED,
        (S.RELEASED, "pass_gate"): S.GATE_OUT,
        (S.RELEASED, "inspect"): S.IN_INSPECTION,
        (S.GATE_OUT, "sell"): S.SOLD,
        (S.GATE_OUT, "settle"): S.SETTLED,
        (S.SOLD, "settle"): S.SETTLED,
        (S.SETTLED, "close"): S.CLOSED,
    },
    held={
        S.SUBMITTED: Held(
            "members",
            (Wait("SHARES_TO_CONFIRM", "Members must confirm their shares.", "members"),),
        ),
        S.IDENTITY_OK: Held("window", (Wait("SCREENING", "Risk screening chooses the lane."),)),
        S.IN_INSPECTION: Held(
            "customs", (Wait("INSPECTION", "The inspection must be concluded."),)
        ),
        S.RELEASED: Held("carrier", (Wait("GATE_PASS", "The truck must pass the gate.", "gate"),)),
        S.GATE_OUT: Held("seller"),
        S.SOLD: Held("bank"),
        S.SETTLED: Held("window"),
        S.CLOSED: DONE,
        S.CANCELLED: DONE,
        S.REJECTED: DONE,
        S.RETURNED: DONE,
        S.SEIZED: Held("customs"),
    },
    aside=(
        Wait(LotWait.SALE, "The residents' side must offer the goods to a factory.", "side"),
        Wait(LotWait.SETTLEMENT, "The seller across the border must be paid.", "side"),
        Wait(LotWait.PURCHASE, "The factory may buy what is offered to its order.", "factory"),
        Wait(LotWait.DISPATCH, "The goods are to be brought to the factory.", "factory", True),
        Wait(LotWait.RECEIPT, "The factory must receive the goods by weight.", "factory", True),
    ),
)
"""Every legal move, who holds a lot and what it waits for.

Gate, sale and payment come in any order after release: what of them is still to come is waited for
beside the state. GATE_OUT settles directly only when the goods are for own use.
"""


class Stands(StrEnum):
    """What of a lot beside its state closes acts on it."""

    OF_OTHERS = "OF_OTHERS"  # declared by another party than the one who reads it
    NO_SHARE = "NO_SHARE"  # no share of it is the reader's own
    NOTHING_TO_CONFIRM = "NOTHING_TO_CONFIRM"  # all that the reader may confirm is confirmed
    ANSWERED = "ANSWERED"  # a member has confirmed
    LATE = "LATE"  # the members' time has run out
    SELECTED = "SELECTED"  # an inspection order is open, or was
    SEEN_WHOLE = "SEEN_WHOLE"  # an open order has it inspected as closely as can be
    REMINDED = "REMINDED"  # the members were reminded lately
    REPLAY = "REPLAY"  # of a day that is played again
    AWAY = "AWAY"  # the officer who reads it is not in service, or not today


_BY: Final = {
    "clerk": frozenset({"confirm", "remind", "amend", "cancel"}),
    "resident": frozenset({"confirm", "decline", "amend", "cancel"}),
    "officer": frozenset({"call_in"}),
    "risk_officer": frozenset({"call_in"}),
}
"""Whose acts on a lot are which, by role."""
_CLOSES: Final = {
    Stands.OF_OTHERS: frozenset({"amend", "cancel"}),
    Stands.NO_SHARE: frozenset({"decline"}),
    Stands.NOTHING_TO_CONFIRM: frozenset({"confirm"}),
    Stands.ANSWERED: frozenset({"amend"}),
    Stands.LATE: frozenset({"confirm", "amend"}),
    Stands.SELECTED: frozenset({"amend", "cancel"}),
    Stands.SEEN_WHOLE: frozenset({"call_in"}),
    Stands.REMINDED: frozenset({"remind"}),
    Stands.REPLAY: frozenset({"amend"}),
    Stands.AWAY: frozenset({"call_in"}),
}
"""Which acts it closes. That an officer has called a lot in which is not screened yet closes some
too; but nobody is told so before there is an order."""


def acts_open(state: LotState, role: str, stands: Collection[Stands]) -> list[str]:
    """Which acts of a role a lot allows that stands so."""
    his = _BY.get(role, frozenset()).difference(*(_CLOSES[one] for one in stands))
    return [act for act in LOT.acts(state) if act in his]


CASES: Final = (
    KindOfCase("lot", "lot", LOT, read_under="declaration:lot:read", row="v_lots.lot_id"),
)

GIVES_BACK: Final = frozenset({S.CANCELLED, S.REJECTED, S.RETURNED})
"""States on entering which the reserved quota and manifest weight are given back."""

NEVER_LEAVES: Final = GIVES_BACK | {S.SEIZED}
"""States in which a lot ends whose goods never passed the gate, sold or not."""

USES_UP: Final = frozenset({S.RELEASED, S.SEIZED})
"""States on entering which they are used up: what was brought in and seized has been brought in."""
