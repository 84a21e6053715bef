"""The accreditation service's manifest."""

from __future__ import annotations

from typing import Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.accreditation.domain.states import CASES
from services.platform.house import House
from services.platform.manifest import Carrier, Manifest, granted
from workflows.ports.accreditation import QUEUE


def _worker(client: Client, house: House) -> Worker:
    from services.accreditation.worker import create_worker

    return create_worker(client, house.database("accreditation"), vault=house.vault)


MANIFEST: Final = Manifest(
    name="accreditation",
    title="Tradewindow: accreditation",
    description="AEO accreditation (企业认证) and credit levels (信用等级).",
    summary="AEO accreditation, certificates, credit levels.",
    # A redraw draws under the day's sealed seed.
    keys=("field_key", "receipt_key"),
    scopes=(
        granted("accreditation:level:apply", "enterprise"),
        granted("accreditation:level:decide", "officer", signs=True),
        granted("accreditation:level:read", "officer", "enterprise", "auditor"),
    ),
    worker=Carrier(queue=QUEUE, create=_worker, keys=("field_key",)),
    cases=CASES,
    told_by={"aeo": ("accreditation",)},
    draws=True,
)
