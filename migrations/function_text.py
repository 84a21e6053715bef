"""The text of a function as it is now, and as it was before a version added something to it.

A version that makes a function anew makes it as it is now, but for what only a later one brings: a
column, a view or a function that is not there yet. What was added since is said here once, for the
versions before it on their way up and for its own on the way back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FILES: Final = Path(__file__).parent / "functions"

Added = tuple[tuple[str, str], ...]
"""What a version writes, each with what stood there before."""

DUE: Final[Added] = (
    (", opened_at, due_at", ", opened_at"),
    (", p_at, v_lot.release_due_at", ", p_at"),
)
"""``inspection_order_open``: an order knows when its lot is to be released (0044)."""
CALLED_IN: Final[Added] = (
    (
        """
        UNION ALL
        SELECT lane FROM v_call_ins WHERE lot_id = p_lot AND order_id = p_order""",
        "",
    ),
)
"""``inspection_order_open``: an officer calls a lot in (0017)."""
AMENDED: Final[Added] = (("v_lots_as_declared", "v_lots"),)
"""``lot_reached``: a lot is reached by what it was before it was amended too (0023)."""
PLATES_ON_FILE: Final[Added] = (
    (
        """
        UNION SELECT k.plate, k.part
            FROM said AS s CROSS JOIN LATERAL truck_known_as(s.plate) AS k""",
        "",
    ),
)
"""``lot_reached``: a truck is known by all the plates that it is on file with (0030)."""
_BY_TRUCK_ON_FILE: Final = """
    ), hauled (party) AS MATERIALIZED (
        -- Whose truck it is on file that day: by the last that was declared, and by what held then.
        SELECT firm
        FROM v_lots AS l
        CROSS JOIN LATERAL (
            SELECT CAST(l.business_on AS timestamp) AT TIME ZONE 'Asia/Shanghai' AS begins
        ) AS day
        CROSS JOIN plates AS p
        CROSS JOIN LATERAL (
            SELECT d.carrier, d.valid_until, row_number() OVER (ORDER BY d.declared_at DESC) AS back
            FROM v_vehicles AS d
            WHERE d.plate_key = p.plate AND d.carrier IS NOT NULL
                AND d.declared_at < day.begins + interval '1 day'
            ORDER BY d.declared_at DESC LIMIT 20
        ) AS v
        CROSS JOIN unnest(ARRAY[
            v.carrier,
            CASE WHEN v.carrier LIKE 'carrier:%' THEN 'enterprise:' || substr(v.carrier, 9) END
        ]) AS firm
        WHERE l.lot_id = p_lot AND firm IS NOT NULL AND (v.back = 1 OR v.valid_until > day.begins)
        EXCEPT SELECT party FROM parts"""
ONE_DEFINITION: Final[Added] = (
    (
        """
    ), sold_by AS MATERIALIZED (
        SELECT s.seller_code, s.name FROM lot AS l
        JOIN v_sellers AS s ON s.name_key = l.seller_key OR s.code_key = l.seller_key
            OR s.seller_code = l.seller_code
    ), named AS MATERIALIZED (
        SELECT part, party, on_file_only FROM v_lot_parties WHERE lot_id = p_lot
    ), parts (part, party) AS MATERIALIZED (
        SELECT DISTINCT part, party FROM named WHERE NOT on_file_only""",
        """
    ), sold_by AS MATERIALIZED (
        SELECT s.seller_code, s.name FROM lot AS l
        JOIN v_sellers AS s ON s.name_key = l.seller_key OR s.code_key = l.seller_key
            OR s.seller_code = l.seller_code
    ), parts (part, party) AS MATERIALIZED (
        SELECT 'declarant', submitted_by FROM lot
        UNION SELECT 'group', 'group:' || group_code FROM lot
        UNION SELECT 'resident', 'resident:res_' || replace(CAST(resident_id AS text), '-', '')
            FROM v_tickets WHERE lot_id = p_lot
        UNION SELECT 'seller', kind || seller_code
            FROM sold_by, unnest(ARRAY['seller:', 'enterprise:']) AS kind
        UNION SELECT 'seller_bank', 'bank:' || seller_bank_bic FROM lot
        UNION SELECT 'carrier', firm FROM lot AS l
            JOIN v_manifests AS m
                ON m.manifest_key = l.manifest_key AND m.plate_key = l.plate_key
            CROSS JOIN coalesce(
                m.carrier, CASE WHEN NOT starts_with(m.lodged_by, 'officer:') THEN m.lodged_by END
            ) AS hauler
            CROSS JOIN unnest(ARRAY[
                hauler,
                CASE WHEN hauler LIKE 'carrier:%' THEN 'enterprise:' || substr(hauler, 9) END
            ]) AS firm
        UNION SELECT 'buyer', 'enterprise:' || enterprise_code
            FROM v_purchases WHERE lot_id = p_lot
        UNION SELECT 'buyer', 'enterprise:' || o.enterprise_code
            FROM v_sale_offers AS f JOIN v_factory_orders AS o USING (order_id)
            WHERE f.lot_id = p_lot AND o.state = 'OPEN'""",
    ),
    (
        """
    ), hauled (party) AS MATERIALIZED (
        SELECT party FROM named WHERE on_file_only
        EXCEPT SELECT party FROM parts""",
        _BY_TRUCK_ON_FILE,
    ),
    (
        """
        SELECT group_code, plate_key, foreign_plate_key, seller_key, seller_code, hs_code, origin
""",
        """
        SELECT submitted_by, group_code, plate_key, foreign_plate_key, manifest_key, seller_key,
            seller_code, seller_bank_bic, hs_code, origin
""",
    ),
    ("v.decided_at, v.level", "NULL, v.level"),
    ("SELECT k.level, k.decided_at FROM", "SELECT k.level FROM"),
)
"""``lot_reached``: who has a part in a lot is said in one place, ``v_lot_parties`` (0087)."""
WANTED: Final[Added] = (
    (
        """
    RETURN EXISTS (SELECT FROM lot_wanted(p_lot, p_day) AS w WHERE NOT w.answered);""",
        """
    RETURN EXISTS (
        SELECT FROM (
            SELECT r.lane, greatest(
                r.set_at, CAST(c.effective_from AS timestamp) AT TIME ZONE 'Asia/Shanghai'
            ) AS since
            FROM lot_reached(p_lot, ARRAY[p_day]) AS r
            JOIN risk_controls AS c ON c.control_id = r.control_id
            UNION ALL
            SELECT lane, called_at FROM v_call_ins WHERE lot_id = p_lot
        ) AS wanted
        WHERE NOT EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = p_lot AND o.lot_move = 'release' AND o.found_at > wanted.since
                AND (o.method = 'FULL' OR wanted.lane = 'YELLOW')
        )
    );""",
    ),
)
"""``lot_kept_in``: a level and a prohibition keep a lot in as a control does (0087)."""
HAULED: Final[Added] = (
    (
        _BY_TRUCK_ON_FILE,
        "",
    ),
    (
        """
        UNION ALL SELECT 'party', reach_key(party), 'carrier', party, NULL FROM hauled""",
        "",
    ),
    (
        """
    UNION ALL
    SELECT NULL, NULL, NULL, v.level, 'carrier', h.party
    FROM hauled AS h CROSS JOIN LATERAL (
        SELECT k.level FROM v_credit_levels AS k
        WHERE k.party = h.party AND k.state = 'IN_FORCE'
            AND k.level IN ('DISHONEST', 'SERIOUSLY_DISHONEST') OFFSET 0
    ) AS v""",
        "",
    ),
)
"""``lot_reached``: a truck's carrier is who has it on file, manifest or none (0084)."""
OFFERED: Final[Added] = (
    (
        """
        UNION SELECT 'buyer', 'enterprise:' || o.enterprise_code
            FROM v_sale_offers AS f JOIN v_factory_orders AS o USING (order_id)
            WHERE f.lot_id = p_lot AND o.state = 'OPEN'""",
        "",
    ),
)
"""``lot_reached``: a lot's buyer is also to whose order it is offered (0084)."""
ANSWERED: Final[Added] = (
    (
        """r.lane, greatest(
                r.set_at, CAST(c.effective_from AS timestamp) AT TIME ZONE 'Asia/Shanghai'
            ) AS since
            FROM lot_reached(p_lot, ARRAY[p_day]) AS r
            JOIN risk_controls AS c ON c.control_id = r.control_id""",
        """lane, set_at AS since FROM lot_reached(p_lot, ARRAY[p_day])
            WHERE control_id IS NOT NULL""",
    ),
    ("o.found_at > wanted.since", "o.concluded_at > wanted.since"),
    ("o.method = 'FULL'", "o.lane = 'RED'"),
)
"""``lot_kept_in``: a control is answered by what was found since it is in force (0084)."""
TRUCK_LOADS: Final[Added] = (
    (
        """
    -- What no gate saw come in is of its day's load until it has left.
    UPDATE truck_loads AS t SET loaded_kg = t.loaded_kg - v_lot.gross_kg
    FROM unnest(v_lot.loaded_plates, v_lot.loaded_entries) AS l (plate_key, entered_at)
    WHERE t.plate_key = l.plate_key AND t.port = v_lot.port AND t.entered_at = l.entered_at
        AND l.entered_at = v_lot.business_on::timestamp AT TIME ZONE 'Asia/Shanghai';""",
        "",
    ),
)
"""``lot_leave``: a truck carries no more than it is rated for (0056)."""
STAYS: Final[Added] = (
    (
        """
    -- What no gate saw come in is of its day's load until it has left, and of the days' it met.
    UPDATE truck_loads AS t SET loaded_kg = t.loaded_kg - v_lot.gross_kg
    FROM (
        SELECT k.plate_key, k.port, k.entered_at
        FROM truck_loads AS k
        JOIN unnest(v_lot.loaded_plates, v_lot.loaded_entries) AS l (plate_key, entered_at)
            USING (plate_key, entered_at)
        WHERE k.port = v_lot.port
            AND (k.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00'
        ORDER BY k.plate_key, k.port, k.entered_at FOR UPDATE OF k
    ) AS held
    WHERE (t.plate_key, t.port, t.entered_at) = (held.plate_key, held.port, held.entered_at);""",
        TRUCK_LOADS[0][0],
    ),
)
"""``lot_leave``: a truck that no gate saw is of the loads of the days that it is inside (0064)."""
UNNAMED: Final[Added] = (
    (
        """
    -- What no gate saw come in is of its day's load until it has left, and of the days' it met.
    -- What was declared without the manifest of the truck's carrier is of what it brought, now.
    UPDATE truck_loads AS t SET
        loaded_kg = t.loaded_kg + v_lot.gross_kg
            * CASE WHEN held.named THEN -1 WHEN held.unseen THEN 0 ELSE 1 END,
        unnamed_kg = t.unnamed_kg - v_lot.gross_kg * CASE WHEN held.named THEN 0 ELSE 1 END
    FROM (
        SELECT k.plate_key, k.port, k.entered_at, l.named, l.unseen
        FROM truck_loads AS k
        JOIN (
            SELECT u.plate_key, u.entered_at, coalesce(u.named, true) AS named,
                (u.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00' AS unseen
            FROM unnest(v_lot.loaded_plates, v_lot.loaded_entries, v_lot.loaded_named)
                AS u (plate_key, entered_at, named)
        ) AS l USING (plate_key, entered_at)
        WHERE k.port = v_lot.port AND (l.unseen OR NOT l.named)
        ORDER BY k.plate_key, k.port, k.entered_at FOR UPDATE OF k
    ) AS held
    WHERE (t.plate_key, t.port, t.entered_at) = (held.plate_key, held.port, held.entered_at);""",
        STAYS[0][0],
    ),
)
"""``lot_leave``: what was declared without a manifest counts beside what is under one (0090)."""
RECORDED: Final[Added] = (
    (
        """
    v_lot lots;
    v_passed_at timestamptz := (
        SELECT g.passed_at FROM v_gate_passes AS g WHERE g.lot_id = p_lot
    );""",
        """
    v_lot lots;""",
    ),
    (
        """
    -- What no gate saw come in is of its day's load until it has left, and of the days' it met.
    -- Once the gate has recorded the truck's entry on that day, it is what that entry brought.""",
        """
    -- What no gate saw come in is of its day's load until it has left, and of the days' it met.""",
    ),
    (
        """
                (u.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00'
                    AND NOT truck_came_in(u.plate_key, v_lot.port, u.entered_at, v_passed_at)
                    AS unseen""",
        """
                (u.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00' AS unseen""",
    ),
)
"""``lot_leave``: what leaves after the gate's record is of that entry's load, and stays (0096)."""
COOLED: Final[Added] = (("\n        AND coalesce(counts_from, bound_at) <= p_at", ""),)
"""``passkey_used``: a phone counts some time after it was bound (0075)."""
ONE_PLAN: Final[Added] = (
    (
        """
SET plan_cache_mode = force_generic_plan AS $$""",
        " AS $$",
    ),
)
"""``lot_reached`` and ``lot_wanted``: a window at work had the longest statements of all planned
anew at every call, lot by lot; one plan serves them all (0093)."""


def function_as_now(name: str) -> str:
    """What makes a function anew, as it is now."""
    file = (_FILES / f"{name}.sql").read_text(encoding="utf-8")
    return file.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def function_before(name: str, *added: Added) -> str:
    """The same, as it was before this was added. Raises ValueError for what is not in it."""
    function = function_as_now(name)
    for newer, older in (pair for one in added for pair in one):
        if newer not in function:
            raise ValueError(f"{name} has no longer: {newer.strip()}")
        function = function.replace(newer, older)
    return function
