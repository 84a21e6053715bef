"""Reads of the gate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import plate_key
from services.kernel.clock import day_begins
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements

_VEHICLE = text("""
    SELECT * FROM vehicles WHERE plate_key = :plate AND (
        :kind = 'platform' OR carrier = :party OR (:kind = 'officer' AND port = :port)
    )
    ORDER BY declared_at <= now() DESC, abs(extract(epoch FROM declared_at - now())) LIMIT 1
""")


_OWN = text("""
    SELECT DISTINCT ON (plate_key) * FROM vehicles
    WHERE carrier = :party AND plate_key > :after
    ORDER BY plate_key, declared_at <= now() DESC, abs(extract(epoch FROM declared_at - now()))
    LIMIT :rows
""")


async def vehicle_list(tx: Statements, actor: Actor, *, after: str, rows: int) -> list[Row]:
    """A carrier's own trucks in the order of their plates, each with the declaration that
    ``vehicle_get`` reads."""
    values = {"party": actor.party, "after": after, "rows": rows}
    return (await tx.execute(_OWN, values)).all()


async def vehicle_get(tx: Statements, plate: str, actor: Actor) -> dict[str, Any]:
    """A vehicle's latest entry declaration that has begun, else the first to come.

    A carrier reads the own trucks', an officer those at the port, the registrar all.
    Raises Refused NOT_FOUND.
    """
    who = {"kind": actor.party_kind, "party": actor.party, "port": actor.port}
    row = (await tx.execute(_VEHICLE, {"plate": plate_key(plate), **who})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return dict(row)


_PASSES = text("""
    SELECT p.*, l.reference
    FROM gate_passes AS p INNER JOIN v_lots AS l USING (lot_id)
    WHERE p.passed_at >= :begins AND p.passed_at < :ends AND l.port = :port
        AND (CAST(:after AS uuid) IS NULL OR p.lot_id > :after)
    ORDER BY p.lot_id LIMIT :rows
""")


async def pass_list(
    tx: Statements, *, port: str | None, day: date, after: UUID | None, rows: int
) -> list[Row]:
    """Passes of a port's Beijing day, in the order of their lots."""
    bounds = {"begins": day_begins(day), "ends": day_begins(day + timedelta(days=1))}
    found = await tx.execute(_PASSES, {"port": port, "after": after, "rows": rows, **bounds})
    return found.all()


_ENTRIES = text("""
    SELECT entry_id, port, vehicle_plate, resident_id, entered_at FROM gate_entries
    WHERE port = :port AND entered_at >= :begins AND entered_at < :ends
        AND (CAST(:after AS uuid) IS NULL OR entry_id > :after)
    ORDER BY entry_id LIMIT :rows
""")


async def entry_list(
    tx: Statements, *, port: str | None, day: date, after: UUID | None, rows: int
) -> list[Row]:
    """Entries of a port's Beijing day, in the order in which they were recorded."""
    bounds = {"begins": day_begins(day), "ends": day_begins(day + timedelta(days=1))}
    found = await tx.execute(_ENTRIES, {"port": port, "after": after, "rows": rows, **bounds})
    return found.all()
