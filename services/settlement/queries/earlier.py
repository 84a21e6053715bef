"""Another payment of the same lot whose bank contradicts the record, read in the lot's turn.

Who let a payment go while it was held for a dispute has seen what there was then; not what was
opened, or found to be paid, after it was offered.
"""

from __future__ import annotations

from typing import Final


def _disputed_anew(payment: str, *, offered_at: str) -> str:
    return f"""EXISTS (
        SELECT FROM settlement_instructions AS o JOIN bank_disputes AS p USING (instruction_id)
        WHERE o.lot_id = {payment}.lot_id AND o.instruction_id <> {payment}.instruction_id
            AND (p.resolved_at IS NULL OR p.finding = 'PAID_OUTSIDE')
            AND (
                NOT 'EARLIER_PAYMENT_DISPUTED' = ANY ({payment}.held_for)
                OR greatest(p.opened_at, p.resolved_at) > {offered_at}
            )
    )"""


_WAITS_SINCE: Final = (
    "(SELECT offered_at FROM bank_messages"
    " WHERE instruction_id = i.instruction_id AND withdrawn_at IS NULL)"
)
ANOTHER_DISPUTED: Final = _disputed_anew("i", offered_at=_WAITS_SINCE)
"""SQL of whether such a one stands against a payment ``i``, and nobody has let it go for that."""
OF_MESSAGE_DISPUTED: Final = f"""EXISTS (
        SELECT FROM settlement_instructions AS w WHERE w.instruction_id = m.instruction_id
            AND {_disputed_anew("w", offered_at="m.offered_at")}
    )"""
"""The same of the payment of a message ``m``."""
