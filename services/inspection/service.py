"""The inspection service's manifest."""

from __future__ import annotations

from typing import Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.inspection.activities import ScreeningActivities
from services.inspection.api import ROUTERS
from services.inspection.domain.states import CASES
from services.inspection.worker import create_worker, draw_days
from services.platform.house import House
from services.platform.manifest import Carrier, Manifest, granted
from workflows.ports.inspection import QUEUE, LotScreening


def _worker(client: Client, house: House) -> Worker:
    return create_worker(client, house.database("inspection"), vault=house.vault)


def _screening(house: House) -> ScreeningActivities:
    return ScreeningActivities(house.database("inspection"), vault=house.vault)


MANIFEST: Final = Manifest(
    name="inspection",
    title="Tradewindow: inspection",
    description="Risk screening, verifiable draws, inspection (查验), AEO, credit levels.",
    summary="Screening, draws, inspection orders, accreditation.",
    routers=ROUTERS,
    keys=("field_key", "receipt_key"),
    scopes=(
        granted("inspection:accreditation:apply", "enterprise"),
        granted("inspection:accreditation:decide", "officer", signs=True),
        granted("inspection:accreditation:read", "officer", "enterprise", "auditor"),
        granted("inspection:draw:read", "officer", "risk_officer", "auditor"),
        granted("inspection:draw:reveal", "risk_officer", signs=True),
        granted("inspection:order:decide", "officer", signs=True),
        granted("inspection:order:read", "officer", "auditor"),
        granted("inspection:rule:approve", "risk_officer", signs=True),
        granted("inspection:rule:propose", "risk_officer", signs=True),
        granted("inspection:rule:read", "officer", "risk_officer", "auditor"),
    ),
    worker=Carrier(
        queue=QUEUE,
        create=_worker,
        keys=("field_key",),
        beside={"draw_days": draw_days},
    ),
    cases=CASES,
    told_by={"ins": ("declaration", "inspection"), "aeo": ("inspection",)},
    offers={LotScreening: _screening},
    draws=True,
    reveals=True,
)
