"""Reads of the gate."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from services.kernel.canonical import plate_key
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Statements

_VEHICLE = text("""
    SELECT * FROM vehicles WHERE plate_key = :plate ORDER BY declared_at DESC LIMIT 1
""")


async def vehicle_get(tx: Statements, plate: str) -> dict[str, Any]:
    """The latest entry declaration of a vehicle. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_VEHICLE, {"plate": plate_key(plate)})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return dict(row)
