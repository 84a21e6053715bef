"""Reads of the gate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.gate.domain.rules.control import LEAVES_FROM
from services.kernel.canonical import plate_key
from services.kernel.clock import day_begins
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered

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


async def vehicle_get(tx: Statements, plate: str, actor: Actor) -> Row:
    """A vehicle's latest entry declaration that has begun, else the first to come.

    A carrier reads the own trucks', an officer those at the port, the registrar all.
    Raises Refused NOT_FOUND.
    """
    who = {"kind": actor.party_kind, "party": actor.party, "port": actor.port}
    row = (await tx.execute(_VEHICLE, {"plate": plate_key(plate), **who})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


NAME_IN_QUESTION: Final = (
    "EXISTS (SELECT FROM v_name_reports AS r WHERE r.lot_id = {lot} AND r.decided_at IS NULL)"
)
"""SQL: whether somebody says of a lot that a name in it was used without them, undecided yet."""
_KNOWN: Final = """ANY(ARRAY(
    SELECT p.plate FROM unnest(ARRAY[{lot}.plate_key, {lot}.foreign_plate_key]) AS p (plate)
    UNION SELECT k.plate FROM unnest(ARRAY[{lot}.plate_key, {lot}.foreign_plate_key]) AS p (plate)
        CROSS JOIN LATERAL truck_known_as(p.plate) AS k
))"""
ELSEWHERE: Final = f"""(NOT {{lot}}.replay AND EXISTS (
    SELECT FROM gate_entries AS e
    WHERE e.plate_key = {_KNOWN} AND e.port <> {{lot}}.port AND e.entered_at > greatest(
        {{lot}}.entered_at,
        (
            SELECT max(h.entered_at) FROM gate_entries AS h
            WHERE h.plate_key = {_KNOWN} AND h.port = {{lot}}.port
        )
    )
))"""
"""SQL: whether another port's gate saw a lot's truck come in, by any plate that it is on file with,
since it came in here. A day that is played again has no gate."""
_FROM_ITS_DAY: Final = """e.plate_key = {known} AND e.port = {{lot}}.port
    AND e.entered_at >= CAST({{lot}}.business_on AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    AND e.entered_at {when}
        CAST({{lot}}.business_on + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai'"""
ENTERED_LATER: Final = f"""(NOT {{lot}}.replay AND NOT EXISTS (
    SELECT FROM gate_entries AS e WHERE {_FROM_ITS_DAY.format(known=_KNOWN, when="<")}
) AND coalesce((
    SELECT min(e.entered_at) FROM gate_entries AS e
    WHERE {_FROM_ITS_DAY.format(known=_KNOWN, when=">=")}
) > coalesce((
    SELECT max(o.opened_at) FROM v_inspection_orders AS o
    WHERE o.lot_id = {{lot}}.lot_id AND o.lot_move = 'release'
), '-infinity'), false))"""
"""SQL: whether this gate saw a lot's truck come in, by any plate, after the day for which the lot
was declared and not on it; unless officers have had the lot inspected since, and released it. A
day that is played again has no gate."""
ROOM: Final = "(SELECT r.left_kg FROM v_lot_room AS r WHERE r.lot_id = {lot})"
"""SQL: how much room there is for a lot on its truck, where it is declared without the manifest of
the truck's carrier; else null."""
# What keeps it in is asked of a released lot alone: no other may leave in any case.
_INSIDE = Filtered(f"""
    SELECT l.lot_id, l.reference, l.state, c.version, c.holder, l.goods_name, l.gross_kg,
        l.vehicle_plate, l.foreign_plate,
        CASE WHEN l.state = :leaves_from THEN lot_kept_in(l.lot_id, :today) ELSE false END
            AS kept_in,
        l.state = :leaves_from AND {NAME_IN_QUESTION.format(lot="l.lot_id")} AS in_question,
        CASE WHEN l.state = :leaves_from THEN {ELSEWHERE.format(lot="l")} ELSE false END
            AS elsewhere,
        CASE WHEN l.state = :leaves_from THEN {ENTERED_LATER.format(lot="l")} ELSE false END
            AS entered_later,
        CASE WHEN l.state = :leaves_from THEN {ROOM.format(lot="l.lot_id")} END AS room_kg
    FROM v_lots AS l INNER JOIN cases AS c ON c.case_id = l.lot_id
    WHERE l.lot_id IN (
        SELECT lot_id FROM v_lots WHERE plate_key = :plate
        UNION SELECT lot_id FROM v_lots WHERE foreign_plate_key = :plate
    ) AND l.port = :port AND l.ended_at IS NULL AND l.gate_out_at IS NULL
        AND ASKED(l.lot_id < :after)
    ORDER BY l.lot_id DESC LIMIT :rows
""")


async def lot_list(
    tx: Statements, plate: str, *, port: str | None, day: date, after: UUID | None, rows: int
) -> list[Row]:
    """Lots of a truck, by either plate, that are still inside at a port, the newest first."""
    values = {"plate": plate_key(plate), "port": port, "after": after, "rows": rows}
    found = await tx.execute(_INSIDE, {**values, "leaves_from": LEAVES_FROM, "today": day})
    return found.all()


_PASSES = Filtered("""
    SELECT p.*, l.reference
    FROM gate_passes AS p INNER JOIN v_lots AS l USING (lot_id)
    WHERE p.passed_at >= :begins AND p.passed_at < :ends AND l.port = :port
        AND ASKED(p.lot_id > :after)
    ORDER BY p.lot_id LIMIT :rows
""")


async def pass_list(
    tx: Statements, *, port: str | None, day: date, after: UUID | None, rows: int
) -> list[Row]:
    """Passes of a port's Beijing day, in the order of their lots."""
    bounds = {"begins": day_begins(day), "ends": day_begins(day + timedelta(days=1))}
    found = await tx.execute(_PASSES, {"port": port, "after": after, "rows": rows, **bounds})
    return found.all()


_ENTRIES = Filtered("""
    SELECT entry_id, port, vehicle_plate, resident_id, entered_at FROM gate_entries
    WHERE port = :port AND entered_at >= :begins AND entered_at < :ends
        AND ASKED(entry_id > :after)
    ORDER BY entry_id LIMIT :rows
""")


async def entry_list(
    tx: Statements, *, port: str | None, day: date, after: UUID | None, rows: int
) -> list[Row]:
    """Entries of a port's Beijing day, in the order in which they were recorded."""
    bounds = {"begins": day_begins(day), "ends": day_begins(day + timedelta(days=1))}
    found = await tx.execute(_ENTRIES, {"port": port, "after": after, "rows": rows, **bounds})
    return found.all()
