"""The settlement service's manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from temporalio.client import Client
from temporalio.worker import Worker

from services.platform.bank_signatures import require_origin
from services.platform.house import House, common
from services.platform.manifest import Carrier, Folder, Manifest, granted
from services.platform.settings import Settings
from services.settlement.domain.states import CASES
from workflows.ports.settlement import QUEUE

if TYPE_CHECKING:
    from services.settlement.api.services import SettlementServices

PAID: Final = ("resident", "clerk", "enterprise")


def _furnished(house: House, name: str) -> SettlementServices:
    from services.settlement.api.official import official_schemas
    from services.settlement.api.services import SettlementServices

    require_origin(house.settings)
    official = official_schemas(house.settings.iso20022_schemas)
    return SettlementServices(**vars(common(house, name)), official=official)


def _worker(client: Client, house: House) -> Worker:
    from services.settlement.worker import create_worker

    return create_worker(client, house.database("settlement"))


async def _left_reports(house: House) -> None:
    from services.settlement.worker import left_reports_carried_out

    await left_reports_carried_out(house)


def _schemas_at_hand(settings: Settings) -> tuple[str]:
    from services.settlement.api.official import official_schemas

    if names := official_schemas(settings.iso20022_schemas).names:
        return (f"Bank messages are checked against the official schemas of {', '.join(names)}.",)
    return (
        "No official ISO 20022 schema is at hand (ISO20022_SCHEMAS names their folder); bank"
        " messages are checked by their classes alone.",
    )


MANIFEST: Final = Manifest(
    name="settlement",
    title="Tradewindow: settlement",
    description="Cross-border RMB settlement (跨境人民币结算): firm quotes, payment of released "
    "lots once, the two-phase ledger, ISO 20022 messages of the banks.",
    summary="Firm quotes, instructions, ledger, bank messages.",
    keys=("field_key", "hash_key", "receipt_key"),
    scopes=(
        granted("settlement:answer:confirm", "bank", signs=True),
        granted("settlement:answer:enter", "bank"),
        granted("settlement:answer:read", "bank", "auditor"),
        granted("settlement:bank:answer", "bank"),
        granted("settlement:bank:read", "bank"),
        granted("settlement:dispute:read", "bank", "bank_compliance", "auditor"),
        granted("settlement:dispute:resolve", "bank_compliance", signs=True),
        granted("settlement:firm_quote:create", *PAID),
        granted("settlement:firm_quote:read", *PAID),
        granted("settlement:hold:release", "bank_compliance", signs=True),
        granted("settlement:instruction:cancel", *PAID),
        granted("settlement:instruction:create", *PAID),
        granted(
            "settlement:instruction:read",
            "resident",
            "clerk",
            "bank",
            "bank_compliance",
            "enterprise",
            "auditor",
        ),
        granted("settlement:ledger:read", "bank", "auditor"),
        granted("settlement:screening:end", "bank_compliance", signs=True),
        granted("settlement:screening:read", "bank_compliance", "auditor"),
        granted("settlement:screening:write", "bank_compliance"),
    ),
    furnish=_furnished,
    worker=Carrier(
        queue=QUEUE,
        create=_worker,
        # Who is screened by a bank's word is found and opened as at its interface.
        keys=("field_key", "hash_key"),
        beside={"left_reports": _left_reports},
    ),
    cases=CASES,
    told_by={"stl": ("settlement", "declaration")},
    ledger=True,
    examined=_schemas_at_hand,
    folder=Folder("iso20022", setting="ISO20022_SCHEMAS", path="/srv/iso20022"),
)
