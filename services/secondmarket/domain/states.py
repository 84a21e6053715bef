"""The life of a factory's order."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import DONE, Held, StateTable, Wait


class FactoryOrderState(StrEnum):
    """Where a factory's order stands."""

    OPEN = "OPEN"
    """Lots are bought under it."""
    FILLED = "FILLED"
    """As much was bought as was wanted; of what becomes void as much is wanted anew."""
    CANCELLED = "CANCELLED"
    """The factory took it back; what was bought under it stands."""


FACTORY_ORDER: Final = StateTable[FactoryOrderState](
    "factory_order",
    moves={
        (FactoryOrderState.OPEN, "fill"): FactoryOrderState.FILLED,
        (FactoryOrderState.OPEN, "cancel"): FactoryOrderState.CANCELLED,
        (FactoryOrderState.FILLED, "void"): FactoryOrderState.OPEN,
    },
    held={
        FactoryOrderState.OPEN: Held(
            "enterprise", (Wait("LOTS", "The order is not filled yet.", "enterprise"),)
        ),
        FactoryOrderState.FILLED: DONE,
        FactoryOrderState.CANCELLED: DONE,
    },
)
CASES: Final = (
    KindOfCase(
        "ord",
        "factory_order",
        FACTORY_ORDER,
        "secondmarket:order:read",
        "v_factory_orders.order_id",
    ),
)


PurchaseState = Literal["BOUGHT", "DISPATCHED", "RECEIVED", "VOID", "LOST"]
"""Where a purchase stands, by its movement and its receipt."""


def purchase_acts_open(state: PurchaseState, role: str, *, gone_out: bool) -> list[str]:
    """Which acts of a role a purchase allows: it is sent off once its goods are out of the gate,
    and received, into a book that takes it, while it is on its way."""
    if role != "enterprise":
        return []
    if state == "BOUGHT" and gone_out:
        return ["dispatch"]
    return ["receive"] if state == "DISPATCHED" else []
