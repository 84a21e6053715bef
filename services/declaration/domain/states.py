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
CANCELLED             nobody               withdrawn before release; quota and weight given back
REJECTED              nobody               inspection refused it; quota and weight given back
RETURNED              nobody               goods go back over the border; quota and weight back
SEIZED                customs              goods are seized; quota and weight given back
====================  ===================  =======================================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.states import StateTable


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
LOT: Final = StateTable(
    "lot",
    {
        (S.SUBMITTED, "confirm"): S.IDENTITY_OK,
        (S.IDENTITY_OK, "release"): S.RELEASED,
        (S.IDENTITY_OK, "inspect"): S.IN_INSPECTION,
        (S.IN_INSPECTION, "release"): S.RELEASED,
        (S.IN_INSPECTION, "reject"): S.REJECTED,
        (S.IN_INSPECTION, "return"): S.RETURNED,
        (S.IN_INSPECTION, "seize"): S.SEIZED,
        (S.SUBMITTED, "cancel"): S.CANCELLED,
        (S.IDENTITY_OK, "cancel"): S.CANCELLED,
        (S.IN_INSPECTION, "cancel"): S.CANCELLED,
        (S.RELEASED, "pass_gate"): S.GATE_OUT,
        (S.GATE_OUT, "sell"): S.SOLD,
        (S.GATE_OUT, "settle"): S.SETTLED,
        (S.SOLD, "settle"): S.SETTLED,
        (S.SETTLED, "close"): S.CLOSED,
    },
)
"""Every legal move. GATE_OUT settles directly only when the goods are for own use."""

GIVES_BACK: Final = frozenset({S.CANCELLED, S.REJECTED, S.RETURNED, S.SEIZED})
"""States on entering which the reserved quota and manifest weight are given back."""

HELD_BY: Final[dict[LotState, str]] = {
    S.SUBMITTED: "members",
    S.IDENTITY_OK: "window",
    S.IN_INSPECTION: "customs",
    S.RELEASED: "carrier",
    S.GATE_OUT: "seller",
    S.SOLD: "bank",
    S.SETTLED: "window",
    S.CLOSED: "nobody",
    S.CANCELLED: "nobody",
    S.REJECTED: "nobody",
    S.RETURNED: "nobody",
    S.SEIZED: "customs",
}
