"""The entry through the gate (进卡): a truck, or a resident on foot, as the gate saw it come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
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
_PLATES: Final = """plates AS (
        SELECT CAST(:plate AS text) AS plate UNION SELECT k.plate FROM truck_known_as(:plate) AS k
    )"""
# By whichever plate it is known. For how long goods may stay inside no text says: however long
# they have been there, they do not leave on a truck that is elsewhere.
# Beside it which gate recorded it last, if it let no goods of it out since.
_ELSEWHERE = text(f"""
    WITH {_PLATES}, lots AS (
        SELECT lot_id FROM v_lots WHERE plate_key IN (SELECT plate FROM plates)
        UNION SELECT lot_id FROM v_lots WHERE foreign_plate_key IN (SELECT plate FROM plates)
    ), last AS (
        SELECT e.port, e.entered_at FROM gate_entries AS e
        WHERE e.plate_key IN (SELECT plate FROM plates) AND e.entry_id <> :entry_id
        ORDER BY e.entered_at DESC LIMIT 1
    )
    SELECT ARRAY(
        SELECT DISTINCT l.port FROM v_lots AS l JOIN lots USING (lot_id)
        WHERE l.port <> :port AND NOT l.replay AND l.ended_at IS NULL AND l.gate_out_at IS NULL
        ORDER BY l.port
    ) AS inside_at, last.port AS last_at, last.entered_at AS last_entered_at
    FROM (SELECT) AS one LEFT JOIN last ON last.port <> :port AND NOT EXISTS (
        SELECT FROM gate_passes AS p INNER JOIN v_lots AS l USING (lot_id)
        INNER JOIN lots USING (lot_id)
        WHERE l.port = last.port AND p.passed_at > last.entered_at
    )
""")
# Whoever records the same truck waits here, by whichever plate: two plates of one truck have one
# of these turns in common, and all are taken in one order.
_TURNS = text(f"""
    WITH {_PLATES}, turns AS (
        SELECT DISTINCT
            hashtextextended('gate entries ' || CAST(:port AS text), hashtext(plate)) AS turn
        FROM plates ORDER BY turn
    )
    SELECT CAST(pg_advisory_xact_lock(turn) AS text) FROM turns
""")
# It has left since where another port saw it come in, or where this one's gate let goods of it out.
_HERE_SINCE = text(f"""
    WITH {_PLATES}
    SELECT e.* FROM gate_entries AS e
    WHERE e.plate_key IN (SELECT plate FROM plates) AND e.port = :port AND e.entered_at > :since
        AND NOT EXISTS (
            SELECT FROM gate_entries AS o
            WHERE o.plate_key IN (SELECT plate FROM plates)
                AND o.port <> :port AND o.entered_at > e.entered_at
        )
        AND NOT EXISTS (
            SELECT FROM gate_passes AS p INNER JOIN v_lots AS l USING (lot_id)
            WHERE p.passed_at > e.entered_at AND l.port = :port AND (
                l.plate_key IN (SELECT plate FROM plates)
                OR l.foreign_plate_key IN (SELECT plate FROM plates)
            )
        )
    ORDER BY e.entered_at DESC LIMIT 1
""")
_ENTER = text("""
    INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, resident_id, entered_at,
        recorded_by)
    VALUES (:entry_id, :port, :vehicle_plate, :plate_key, :resident_id, :at, :recorded_by)
    RETURNING *
""")


_SAME_ENTRY: Final = "gate.same_entry_min"
_INSIDE_MAX: Final = "hushi.entry_age_max_days"
"""For how long a truck that no gate saw since is taken to be inside, by the port's law."""


async def entry_record(
    act: Act, *, vehicle_plate: str | None, filing_no: str | None
) -> tuple[Row, datetime | None]:
    """Record what comes in at the gate's own port, now: nobody names another time of entry.

    A truck that was recorded within the minutes which the law of the port gives, by whichever of
    its plates, and that has not left since by what is on record, has come in once: that entry is
    the answer, with the end of those minutes, and nothing is written. Another record would be
    another load.

    What the gate saw is recorded whatever the record says elsewhere. Where goods of the truck are
    inside at another port, the event says so, and these do not leave by it (``truck_is_here``); and
    so it does where another gate recorded it last, whose customs are told (0157).

    Refuses RESIDENT_NOT_FILED (no such filing holds today), POLICY_MISSING.
    """
    key = vehicle_plate and plate_key(vehicle_plate)
    if key is not None and (same := await _same_entry(act, key)) is not None:
        act.stands_already()
        return same
    resident = None if filing_no is None else await _resident(act, filing_no)
    entry_id = new_uuid()
    entry: Row = (
        await act.execute(
            _ENTER,
            entry_id=entry_id,
            port=act.actor.port,
            vehicle_plate=vehicle_plate,
            plate_key=key,
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
        **await _elsewhere(act, entry),
    )
    act.record(show("ent", entry_id), event, step="enter")
    return entry, None


async def _same_entry(act: Act, plate: str) -> tuple[Row, datetime] | None:
    """The truck's entry of which another record is the same one, and until when it is.

    Looked for in the truck's turn, so that of two records at once the second finds the first.
    """
    today, port = business_day(act.at), act.actor.port
    within = timedelta(minutes=(await act.law()).integer(_SAME_ENTRY, on=today, scope=port or ""))
    if not within:
        return None
    named = {"plate": plate, "port": port}
    await act.execute(_TURNS, named)
    found = await act.execute(_HERE_SINCE, named, since=act.at - within)
    entry: Row | None = found.one_or_none()
    return None if entry is None else (entry, entry.entered_at + within)


async def _elsewhere(act: Act, entry: Row) -> dict[str, Any]:
    """The other ports where goods of the truck that comes in are still inside, and the one whose
    gate recorded it last. Raises Refused POLICY_MISSING."""
    if entry.plate_key is None:
        return {}
    named = {"plate": entry.plate_key, "port": entry.port, "entry_id": entry.entry_id}
    found = (await act.execute(_ELSEWHERE, named)).one()
    last_at: str | None = found.last_at
    if last_at is not None:
        law, today = await act.law(), business_day(act.at)
        days = law.integer(_INSIDE_MAX, on=today, scope=last_at)
        last_at = last_at if found.last_entered_at > act.at - timedelta(days=days) else None
    return {"inside_at": tuple(found.inside_at), "last_at": last_at}


async def _resident(act: Act, filing_no: str) -> UUID:
    named = {"filing_key": number_key(filing_no), "day": business_day(act.at)}
    resident: UUID | None = (await act.execute(_RESIDENT, **named)).scalar_one_or_none()
    if resident is None:
        raise Refused(RESIDENT_NOT_FILED.at("/filing_no"))
    return resident
