"""What a resident agrees to by one touch (一指通): the terms, whose digest the phone signs.

They say all that the screen shows and nothing that names a person: a lot by what it is, a resident
by the id on file. ``nonce`` makes each asking another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from services.declaration.domain.model import Submission
from services.kernel.clock import rfc3339
from services.kernel.money import Money

LOT: Final = (
    "port",
    "customs_office",
    "vehicle_plate",
    "foreign_plate",
    "manifest_no",
    "origin",
    "shipped_from",
    "seller",
    "seller_bank_bic",
    "group_code",
    "hs_code",
    "goods_name",
    "pieces",
)
"""What of a lot is said as it stands."""


class Consent(StrEnum):
    """By what a member says yes: a phone that is bound, the own session, a mandate on file."""

    PASSKEY = "PASSKEY"
    SESSION = "SESSION"
    MANDATE = "MANDATE"


class Answer(StrEnum):
    """What a member says to a share."""

    YES = "YES"
    NO = "NO"


def share_terms(
    lot: Mapping[str, Any],
    tickets: Iterable[Mapping[str, Any]],
    *,
    lot_id: str,
    version: int,
    resident_id: str,
    answer: Answer,
    nonce: str,
) -> dict[str, Any]:
    """Yes or no to the own share in a version of a lot. Sums in the lot's currency, weights in kg.

    ``lot`` has the columns by name, ``tickets`` those of the resident's in the order of lines.
    """
    value = Money(lot["value_minor"], lot["currency"])
    return {
        "act": "share",
        "answer": answer.value,
        "lot_id": lot_id,
        "version": version,
        "resident_id": resident_id,
        "nonce": nonce,
        "lot": {
            **{name: lot[name] for name in LOT},
            **_figures(lot["net_kg"], lot["gross_kg"], value),
            "entered_at": rfc3339(lot["entered_at"]),
            "purpose": str(lot["purpose"]),
        },
        "shares": [
            {
                "line_no": t["line_no"],
                "net_kg": f"{t['net_kg']:.3f}",
                "value": Money(t["value_minor"], t["currency"]).amount,
            }
            for t in tickets
        ],
    }


def own_lot_terms(lot: Submission, *, resident_id: str, nonce: str) -> dict[str, Any]:
    """A declaration of one's own goods, as it is sent."""
    return {
        "act": "declare",
        "reference": lot.reference,
        "resident_id": resident_id,
        "nonce": nonce,
        "lot": {
            **{name: getattr(lot, name) for name in LOT},
            **_figures(lot.net_kg, lot.gross_kg, lot.value),
            "entered_at": rfc3339(lot.entered_at),
            "purpose": lot.purpose.value,
        },
        "shares": [
            {"line_no": line, "net_kg": f"{s.net_kg:.3f}", "value": s.value.amount}
            for line, s in enumerate(lot.shares, start=1)
        ],
    }


def _figures(net_kg: Any, gross_kg: Any, value: Money) -> dict[str, str]:
    return {
        "net_kg": f"{net_kg:.3f}",
        "gross_kg": f"{gross_kg:.3f}",
        "value": value.amount,
        "currency": value.currency,
    }
