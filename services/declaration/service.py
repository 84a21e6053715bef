"""The declaration service's manifest."""

from __future__ import annotations

from typing import Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.declaration.domain.states import CASES
from services.platform.house import House
from services.platform.manifest import Carrier, Manifest, Scale, granted
from workflows.ports.declaration import QUEUE
from workflows.ports.risk import LotScreening


def _worker(client: Client, house: House) -> Worker:
    from services.declaration.worker import create_worker

    # Screening is a step of the lot's first task, so it runs here under the risk service's role.
    screening = house.step(LotScreening)  # type: ignore[type-abstract]
    return create_worker(client, house.database("declaration"), screening=screening)


MANIFEST: Final = Manifest(
    name="declaration",
    title="Tradewindow: declaration",
    description="Lots of border-resident trade (边民互市), from submission to closing.",
    summary="Lots, tickets, quota, manifests. The busiest: it takes every submission.",
    keys=("hash_key", "receipt_key"),
    scopes=(
        granted("declaration:lot:cancel", "resident", "clerk"),
        granted(
            "declaration:lot:read",
            "resident",
            "clerk",
            "carrier",
            "gate",
            "officer",
            "risk_officer",
            "auditor",
        ),
        granted("declaration:lot:submit", "resident", "clerk"),
        granted("declaration:manifest:lodge", "carrier", "officer"),
        granted(
            "declaration:manifest:read",
            *("resident", "clerk", "carrier", "gate", "officer", "auditor"),
        ),
        granted("declaration:name:freeze", "resident"),
        granted("declaration:name_report:decide", "registrar", signs=True),
        granted("declaration:name_report:find", "registrar", signs=True),
        granted("declaration:name_report:make", "resident"),
        granted("declaration:name_report:read", "resident", "registrar", "auditor"),
        granted("declaration:quota:read", "resident", "clerk"),
        granted("declaration:share:confirm", "resident", "clerk"),
        granted("declaration:share:refuse", "resident"),
    ),
    # The lot's worker opens the day's sealed seed for the screening.
    worker=Carrier(
        queue=QUEUE,
        create=_worker,
        as_others=("risk",),
        keys=("field_key",),
        scale=Scale(most=8),
    ),
    cases=CASES,
    told_by={
        "lot": (
            "declaration",
            "gate",
            "risk",
            "inspection",
            "settlement",
            "secondmarket",
            "processing",
        ),
        "man": (),
    },
    # A truck that is kept inside is a thing of its lot.
    noted_by={"lot": ("gate",)},
    scale=Scale(most=8),
)
