"""The ASGI application of the settlement service."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.platform.application import create_application
from services.platform.front import Front
from services.settlement.api import banking, instructions, ledger, market
from services.settlement.api.services import SettlementServices
from services.settlement.domain.messages.official import OfficialSchemas


def official_schemas(folder: Path | None) -> OfficialSchemas:
    """The official schemas in a folder (ISO20022_SCHEMAS); none when it is not named."""
    files = sorted(folder.glob("*.xsd")) if folder is not None else []
    return OfficialSchemas({file.stem: file.read_bytes() for file in files})


def create_app(services: SettlementServices, *, front: Front | None = None) -> FastAPI:
    """Prices, instructions, compliance, the ledger and the banks' door over HTTP."""
    return create_application(
        name="settlement",
        title="Tradewindow: settlement",
        description="Cross-border RMB settlement (跨境人民币结算): pooled and rota prices, payment "
        "of released lots once, the two-phase ledger, ISO 20022 messages of the banks.",
        routers=[market.router, instructions.router, banking.router, ledger.router],
        services=services,
        front=front,
    )
