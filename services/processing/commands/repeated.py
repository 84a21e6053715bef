"""What is sent twice under the factory's own reference: entered once, and answered as the first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import reference_key
from services.kernel.clock import business_day
from services.kernel.events import Event
from services.kernel.identifiers import show
from services.kernel.refusal import refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.columns import reference_key_of
from services.platform.database import Row
from services.processing.domain.events import GoodsReceived, ProductionReported, ScrapReported
from services.processing.domain.model import OutputRequest, ReceiptRequest
from services.processing.domain.rules.entry import other_than_entered

E = TypeVar("E", bound=Event)

# Of two under one reference at once the second waits for the book, and finds the first.
# One of its very spelling goes before: an earlier version took each spelling for another.
_OUTPUT = text(f"""
    SELECT o.output_id, o.kind, o.hs_code, o.weight_kg, o.produced_on, o.grounds FROM outputs AS o
    WHERE o.book_id = :book_id AND {reference_key_of("o.reference")} = :reference_key
        AND NOT EXISTS (SELECT FROM outputs AS r WHERE r.reverses = o.output_id)
    ORDER BY o.reference <> :reference, o.output_id LIMIT 1
""")
_RECEIPT = text(f"""
    SELECT receipt_id, purchase_id, received_kg, seal_intact FROM receipts
    WHERE book_id = :book_id AND {reference_key_of("reference")} = :reference_key
    ORDER BY reference <> :reference, receipt_id LIMIT 1
""")
# What an act has recorded has one actor, with the receipt of its request, and one instant.
_SAID = text("""
    SELECT e.body, ARRAY(
        SELECT a.body FROM events AS a
        WHERE a.case_id = e.case_id AND a.type = 'AlertRaised'
            AND a.actor = e.actor AND a.occurred_at = e.occurred_at
        ORDER BY a.seq
    ) AS raised
    FROM events AS e WHERE e.case_id = :book_id AND e.step = :step
""")
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "PRODUCT": ("product_hs", "product_kg"),
    "SCRAP": ("material_hs", "scrap_kg"),
}


async def production_known(act: Act, book: Row, request: OutputRequest) -> dict[str, Any] | None:
    """What was answered to the standing report of this reference; None where there is none.

    Raises Refused DUPLICATE_REFERENCE when that is another one.
    """
    output_id = await _reported(act, book, request, "PRODUCT")
    if output_id is None:
        return None
    event, alerts = await _said(act, book, f"produce:{output_id}", ProductionReported)
    return {"book_id": request.book_id, **event.model_dump(mode="json"), "alerts": alerts}


async def scrap_known(act: Act, book: Row, request: OutputRequest) -> ScrapReported | None:
    """The standing report of scrap of this reference, as ``production_known``."""
    output_id = await _reported(act, book, request, "SCRAP")
    if output_id is None:
        return None
    event, _ = await _said(act, book, f"scrap:{output_id}", ScrapReported)
    return event


async def receipt_known(act: Act, book: Row, request: ReceiptRequest) -> dict[str, Any] | None:
    """What was answered to the receipt of this reference, as ``production_known``."""
    row = await _entered(act, _RECEIPT, book.book_id, request.reference)
    if row is None:
        return None
    receipt_id = show("rcp", row.receipt_id)
    wished = _weighed(request.purchase_id, request.received_kg, seal_intact=request.seal_intact)
    purchase_id = show("pur", row.purchase_id)
    entered = _weighed(purchase_id, row.received_kg, seal_intact=row.seal_intact)
    today = business_day(act.at)
    refuse_if_any(asked(today, other_than_entered, receipt_id, wished, entered))
    event, alerts = await _said(act, book, f"receive:{receipt_id}", GoodsReceived)
    return {**event.model_dump(mode="json"), "alerts": alerts}


def _weighed(purchase_id: str, received_kg: Decimal, *, seal_intact: bool) -> dict[str, object]:
    return {"purchase_id": purchase_id, "received_kg": received_kg, "seal_intact": seal_intact}


async def _reported(act: Act, book: Row, request: OutputRequest, kind: str) -> str | None:
    """The standing report under the reference, if it says the same."""
    row = await _entered(act, _OUTPUT, book.book_id, request.reference)
    if row is None:
        return None
    output_id = show("out", row.output_id)
    wished, reported = _content(kind, request), _content(row.kind, row)
    refuse_if_any(asked(business_day(act.at), other_than_entered, output_id, wished, reported))
    return output_id


def _content(kind: str, report: OutputRequest | Row) -> dict[str, object]:
    """What a report says, by the fields of its request."""
    commodity, weight = _FIELDS[kind]
    said = {commodity: report.hs_code, weight: report.weight_kg, "produced_on": report.produced_on}
    return said | {"grounds": report.grounds} if kind == "PRODUCT" else said


async def _entered(act: Act, entry: Any, book_id: UUID, reference: str | None) -> Row | None:
    """The entry of the book that bears the reference."""
    if reference is None:
        return None
    key = reference_key(reference)
    found = await act.execute(entry, book_id=book_id, reference=reference, reference_key=key)
    row: Row | None = found.one_or_none()
    return row


async def _said(act: Act, book: Row, step: str, kind: type[E]) -> tuple[E, list[str]]:
    """The event of a step of the book, and the alerts that were raised with it."""
    act.stands_already()
    row = (await act.execute(_SAID, book_id=book.book_id, step=step)).one()
    return kind.model_validate_json(row.body), [json.loads(b)["alert_id"] for b in row.raised]
