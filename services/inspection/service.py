"""The inspection service's manifest."""

from __future__ import annotations

from typing import Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.inspection.domain.states import CASES
from services.platform.house import House
from services.platform.manifest import Carrier, Manifest, granted
from workflows.ports.inspection import QUEUE


def _worker(client: Client, house: House) -> Worker:
    from services.inspection.worker import create_worker

    return create_worker(client, house.database("inspection"), vault=house.vault)


MANIFEST: Final = Manifest(
    name="inspection",
    title="Tradewindow: inspection",
    description="Inspection orders (查验单): officers drawn, findings, countersignature.",
    summary="Inspection orders: drawn officers, findings, disposal.",
    # A redraw draws under the day's sealed seed.
    keys=("field_key", "receipt_key"),
    scopes=(
        granted("inspection:order:decide", "officer", signs=True),
        granted("inspection:order:read", "officer", "risk_officer", "auditor"),
        granted("inspection:roster:read", "officer"),
    ),
    worker=Carrier(queue=QUEUE, create=_worker, keys=("field_key",)),
    cases=CASES,
    told_by={"ins": ("declaration", "inspection")},
    draws=True,
)
