"""The ASGI application of the settlement service."""

from __future__ import annotations

from pathlib import Path

import structlog
from fastapi import FastAPI

from services.platform.application import create_application
from services.platform.front import Front
from services.platform.secret_file import SettingsError
from services.settlement.api import banking, instructions, ledger, market
from services.settlement.api.services import SettlementServices
from services.settlement.domain.messages.official import OfficialSchemas, SchemaUnfit

log = structlog.get_logger()


def official_schemas(folder: Path | None) -> OfficialSchemas:
    """The official schemas in a folder (ISO20022_SCHEMAS); none when it is not named.

    A folder without any is said in the log: messages are then held to their classes alone. Raises
    SettingsError when it is not there, or it or what is in it cannot be read.
    """
    if folder is None:
        return OfficialSchemas({})
    try:
        sources = {f.stem: f.read_bytes() for f in sorted(folder.iterdir()) if f.suffix == ".xsd"}
    except OSError as error:
        raise SettingsError(
            f"The official schemas cannot be read from {error.filename} ({error.strerror});"
            " ISO20022_SCHEMAS names their folder, which this process's user must be able to read."
            " Unset it to do without them."
        ) from error
    try:
        schemas = OfficialSchemas(sources)
    except SchemaUnfit as error:
        raise SettingsError(
            f"{folder / error.name}.xsd is no XML schema; put the official file in its place."
        ) from error
    if not sources:
        log.warning("no_official_schemas", folder=str(folder), wanted="*.xsd")
    return schemas


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
