"""The entry through the gate (进卡): a truck, or a resident on foot, as the gate saw it come."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from services.gate.domain.events import EntryRecorded
from services.kernel.canonical import number_key, plate_key
from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import RESIDENT_NOT_FILED
from services.platform.act import Act
from services.platform.database import Row

# A certificate is that of the filing which holds: one that was renewed since opens no gate, by
# whichever number it was renewed.
_RESIDENT = text("""
    SELECT f.resident_id FROM v_resident_filings AS f
    WHERE f.filing_key = :filing_key AND f.filed_on <= :day AND :day <= f.valid_until
        AND NOT EXISTS (
            SELECT FROM v_resident_filings AS renewed
            WHERE renewed.resident_id = f.resident_id
                AND renewed.filed_on > f.filed_on AND renewed.filed_on <= :day
        )
""")
_ENTER = text("""
    INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, resident_id, entered_at,
        recorded_by)
    VALUES (:entry_id, :port, :vehicle_plate, :plate_key, :resident_id, :at, :recorded_by)
    RETURNING *
""")


async def entry_record(act: Act, *, vehicle_plate: str | None, filing_no: str | None) -> Row:
    """Record what comes in at the gate's own port, now: nobody names another time of entry.

    Refuses RESIDENT_NOT_FILED (no such filing holds today).
    """
    resident = None if filing_no is None else await _resident(act, filing_no)
    entry_id = new_uuid()
    entry: Row = (
        await act.execute(
            _ENTER,
            entry_id=entry_id,
            port=act.actor.port,
            vehicle_plate=vehicle_plate,
            plate_key=vehicle_plate and plate_key(vehicle_plate),
            resident_id=resident,
            at=act.at,
            recorded_by=act.actor.subject,
        )
    ).one()
    event = EntryRecorded(
        port=entry.port,
        vehicle_plate=vehicle_plate,
        resident_id=None if resident is None else show("res", resident),
        entered_at=entry.entered_at,
    )
    act.record(show("ent", entry_id), event, step="enter")
    return entry


async def _resident(act: Act, filing_no: str) -> UUID:
    named = {"filing_key": number_key(filing_no), "day": business_day(act.at)}
    resident: UUID | None = (await act.execute(_RESIDENT, **named)).scalar_one_or_none()
    if resident is None:
        raise Refused(RESIDENT_NOT_FILED.at("/filing_no"))
    return resident
