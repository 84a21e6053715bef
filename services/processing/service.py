"""The manifest of landing processing."""

from __future__ import annotations

from typing import Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.platform.house import House
from services.platform.manifest import Carrier, Manifest, granted
from services.processing.domain.states import CASES
from workflows.ports.processing import QUEUE


def _worker(client: Client, house: House) -> Worker:
    from services.processing.worker import create_worker

    return create_worker(client, house.database("processing"))


MANIFEST: Final = Manifest(
    name="processing",
    title="Tradewindow: landing processing",
    description="Movements, receipts by weight, e-book periods and their balance.",
    summary="E-books, receipts, unit consumption, outputs, mass balance.",
    keys=("receipt_key",),
    scopes=(
        granted("processing:alert:close", "officer", signs=True),
        granted("processing:alert:read", "officer", "enterprise", "auditor"),
        granted("processing:book:close", "enterprise"),
        granted("processing:book:open", "enterprise"),
        granted("processing:book:read", "officer", "enterprise", "auditor"),
        granted("processing:consumption:declare", "enterprise"),
        granted("processing:correction:ask", "enterprise"),
        granted("processing:correction:decide", "officer", signs=True),
        granted("processing:correction:read", "officer", "enterprise", "auditor"),
        granted("processing:output:report", "enterprise"),
        granted("processing:receipt:record", "enterprise"),
    ),
    worker=Carrier(queue=QUEUE, create=_worker),
    cases=CASES,
    told_by={"bok": ("processing",)},
)
