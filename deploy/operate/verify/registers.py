"""Whether registers say what was filed: of each record what its last filing's event vouches for.

A record is its rows under one name, as the owner's view has it. One of which no filing in the log
says anything was made behind the services' backs, unless it was on file before filings kept
digests; those are counted, and nothing is vouched for but that they are no others. One that was
filed, and is gone, is missed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Final

from sqlalchemy import text

from migrations.apply import event_types
from migrations.vouched import FRESH, NAMES_BEFORE
from services.kernel.identifiers import show
from services.platform.database import Tx
from services.platform.vouching import GONE, SALTED
from services.registry.domain.events import RecordsFound

REGISTERS: Final = (
    *("ports", "residents", "resident_filings", "groups", "memberships", "mandates"),
    *("enterprises", "processing_filings", "officers", "conflicts", "officer_duties"),
    *("pool_changes", "banks", "rota_places", "bank_keys", "signatories", "payer_accounts"),
    *("sellers", "commodities", "port_origins", "goods_restrictions", "vehicles"),
)
"""The tables of which the views below have the records."""
_FILED: Final = """
    SELECT register, name, digest FROM v_filed_records
    UNION ALL
    SELECT register, name, digest FROM v_filed_law
    UNION ALL
    SELECT register, name, digest FROM v_filed_vehicles
"""
# What was filed last is what was recorded last: under the locks of its rows a filing takes its
# place in the log after it has written. All of it is compared where the rows are.
_LAST: Final = """
    SELECT DISTINCT ON (said.register, one.name)
        said.register, one.name, one.digest, e.case_id AS filing
    FROM events AS e
    CROSS JOIN LATERAL jsonb_each(CAST(e.body AS jsonb) -> 'digests') AS said (register, names)
    CROSS JOIN LATERAL jsonb_each_text(said.names) AS one (name, digest)
    WHERE e.type = ANY(CAST(:types AS text[]))
    ORDER BY said.register, one.name, e.position DESC
"""
# The window's own word on what was there before counts where no filing vouches for anything yet.
_FOUND: Final = """
    SELECT e.case_id AS filing,
        CAST(e.body AS jsonb) -> 'digests' -> 'records_before' ->> 'all' AS digest
    FROM events AS e
    WHERE e.type = 'RecordsFound' AND NOT EXISTS (
        SELECT FROM events AS f
        WHERE f.type = ANY(CAST(:types AS text[])) AND f.position < e.position
            AND CAST(f.body AS jsonb) -> 'digests' <> '{}'
    )
    ORDER BY e.position LIMIT 1
"""
_GONE: Final = "is not there, and was filed"
_OTHER: Final = "is not what was filed"
UNFILED: Final = "is in no filing of the log"
"""Of a record that nobody filed: put there by hand."""
_DIFFERING: Final = text(f"""
    WITH filed AS ({_FILED}), last AS ({_LAST})
    SELECT register, name, CASE
        WHEN filed.digest IS NULL THEN '{_GONE}'
        WHEN last.digest IS NULL THEN '{UNFILED}'
        ELSE '{_OTHER}'
    END AS what
    FROM filed FULL JOIN last USING (register, name)
    LEFT JOIN v_records_before AS b USING (register, name)
    WHERE register <> '{NAMES_BEFORE}' AND CASE
        WHEN last.digest IS NULL THEN b.name IS NULL
        WHEN filed.digest IS NULL THEN last.digest <> '{GONE}'
        ELSE last.digest <> {SALTED.format(filing="last.filing", digest="filed.digest")}
    END
    ORDER BY register, name
""")
_NAMES_DIFFER: Final = text(f"""
    WITH found AS ({_FOUND})
    SELECT CASE
        WHEN found.digest IS NULL THEN encode(filed.digest, 'hex') <> :fresh
        ELSE found.digest <> {SALTED.format(filing="found.filing", digest="filed.digest")}
    END AS differ
    FROM v_filed_records AS filed LEFT JOIN found ON true
    WHERE filed.register = '{NAMES_BEFORE}'
""")
# While it waits, a change may not be confirmed sooner than it was said when it was proposed.
_SOONER: Final = text("""
    WITH waits (register, kind, id, says, confirm_from) AS (
        SELECT 'register_changes', 'imp', change_id, 'ChangeProposed', confirm_from
        FROM v_register_changes WHERE state = 'PROPOSED'
        UNION ALL
        SELECT 'bank_keys', 'bky', key_id, 'BankKeyProposed', confirm_from
        FROM v_bank_key_proposals WHERE state = 'PROPOSED'
    )
    SELECT w.register, w.kind, w.id
    FROM waits AS w JOIN events AS e ON e.case_id = w.id AND e.type = w.says
    WHERE CAST(e.body AS jsonb) ? 'confirm_from' AND w.confirm_from
        IS DISTINCT FROM CAST(CAST(e.body AS jsonb) ->> 'confirm_from' AS timestamptz)
    ORDER BY w.register, w.id
""")
_UNVOUCHED: Final = text(f"""
    WITH last AS ({_LAST})
    SELECT count(*) FROM v_records_before AS b
    WHERE NOT EXISTS (SELECT FROM last WHERE last.register = b.register AND last.name = b.name)
""")


@cache
def _filing() -> list[str]:
    """The events that vouch for records."""
    found = [name for name, event in event_types().items() if "digests" in event.model_fields]
    return [name for name in found if name != RecordsFound.__name__]


async def differing_registers(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    """Records that are not what was filed last: which, and what of them."""
    async for row in tx.each(_DIFFERING, {"types": _filing()}):
        yield f"{row.register}: {row.name}", row.what
    async for row in tx.each(_SOONER):
        yield f"{row.register}: {show(row.kind, row.id)}", "may be confirmed from another time on"
    if (await tx.execute(_NAMES_DIFFER, {"types": _filing(), "fresh": FRESH})).scalar_one():
        yield NAMES_BEFORE, "is not the list of what was on file before"


async def unvouched(tx: Tx) -> int:
    """Of how many records, on file since before filings kept digests, the log says nothing."""
    return int((await tx.execute(_UNVOUCHED, {"types": _filing()})).scalar_one())
