"""The digests by which the log vouches for what a lot's rows say that its event does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from services.kernel.clock import utc_text
from services.kernel.salted import salted_digest

COLUMNS: Final = (
    "submitted_by",
    "group_code",
    "vehicle_plate",
    "plate_key",
    "foreign_plate_key",
    "manifest_key",
    "seller_key",
    "seller_bank_bic",
    "seller_code",
    "seller_account",
    "seller_account_bic",
    "purpose",
)
"""Of a lot what decides who may act, whom controls reach, and who is paid where."""
DESCRIBED: Final = (
    *("direction", "customs_office", "shipped_from", "seller", "goods_name", "entered_at"),
    *("foreign_plate", "pieces", "currency"),
)
"""What else of it rules and officers go by; of an event of before these had a digest, none."""
_NONE: Final = "\x00"


def declared_digest(lot_id: str, lot: Mapping[str, Any], shares: Iterable[Sequence[str]]) -> str:
    """SHA-256 (hex) over a lot's deciding columns and its tickets, salted by the lot's own id.

    ``lot`` has the columns by name; each share is line, resident, net weight in kg and value
    in minor units, as text, in the order of the lines. Whoever does not know the residents cannot
    find them by it.
    """
    columns = (lot[name] for name in COLUMNS)
    lines = ["\x1f".join(share) for share in shares]
    said = [lot_id, *(_NONE if c is None else str(c) for c in columns), *lines]
    return sha256("\x1e".join(said).encode()).hexdigest()


def loads_digest(lot_id: str, lot: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over of which trucks' loads a lot is a part, and of which entry of each."""
    entries = [utc_text(at) for at in lot["loaded_entries"]]
    return salted_digest(lot_id, lot["loaded_plates"], entries)


def figures_digest(lot_id: str, lot: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over in which of these loads a lot is declared under the truck's manifest."""
    return salted_digest(lot_id, lot["loaded_named"])


def described_digest(lot_id: str, lot: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over what else a lot was declared as, salted by its own id."""
    said = (lot[name] for name in DESCRIBED)
    return salted_digest(lot_id, *(utc_text(v) if isinstance(v, datetime) else v for v in said))
