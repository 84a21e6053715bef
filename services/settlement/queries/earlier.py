"""Another payment of the same lot whose bank contradicts the record, read in the lot's turn.

Who let a payment go while it was held for a dispute has seen what there was then; not what was
opened, or found to be paid, after it was offered.
"""

from __future__ import annotations

from typing import Final

from services.settlement.queries.disputes import UNTOLD

_KINDS: Final = {
    "EARLIER_PAYMENT_DISPUTED": f"NOT {UNTOLD}",
    "EARLIER_PAYMENT_ANSWERED": UNTOLD,
}


def _disputed_anew(doubt: str, payment: str, *, offered_at: str) -> str:
    return f"""EXISTS (
        SELECT FROM settlement_instructions AS o JOIN bank_disputes AS d USING (instruction_id)
        WHERE o.lot_id = {payment}.lot_id AND o.instruction_id <> {payment}.instruction_id
            AND (d.resolved_at IS NULL OR d.finding = 'PAID_OUTSIDE') AND {_KINDS[doubt]}
            AND (
                NOT '{doubt}' = ANY ({payment}.held_for)
                OR greatest(d.opened_at, d.resolved_at) > {offered_at}
            )
    )"""


_WAITS_SINCE: Final = (
    "(SELECT offered_at FROM bank_messages"
    " WHERE instruction_id = i.instruction_id AND withdrawn_at IS NULL)"
)
_DOUBTS: Final = ", ".join(
    f"CASE WHEN {_disputed_anew(doubt, 'i', offered_at=_WAITS_SINCE)} THEN '{doubt}' END"
    for doubt in _KINDS
)
ANOTHER_DOUBTS: Final = f"array_remove(ARRAY[{_DOUBTS}], NULL)"
"""SQL of the doubts that such ones cast on a payment ``i``, and for which nobody has let it go."""
_ANY: Final = " OR ".join(_disputed_anew(doubt, "w", offered_at="m.offered_at") for doubt in _KINDS)
OF_MESSAGE_DISPUTED: Final = f"""EXISTS (
        SELECT FROM settlement_instructions AS w
        WHERE w.instruction_id = m.instruction_id AND ({_ANY})
    )"""
"""SQL of whether there is any of the payment of a message ``m``."""
