"""Whether registers say what was filed: of each record what its last filing's event vouches for.

A record is its rows under one name, as the owner's view has it. One of which no filing in the log
says anything was made behind the services' backs, unless it was on file before filings kept
digests; those are counted, and vouched for by nothing. One that was filed, and is gone, is missed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Final

from sqlalchemy import text

from migrations.apply import event_types
from services.platform.database import Tx
from services.platform.vouching import GONE, SALTED

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
    WHERE CASE
        WHEN last.digest IS NULL THEN b.name IS NULL
        WHEN filed.digest IS NULL THEN last.digest <> '{GONE}'
        ELSE last.digest <> {SALTED.format(filing="last.filing", digest="filed.digest")}
    END
    ORDER BY register, name
""")
_UNVOUCHED: Final = text(f"""
    WITH last AS ({_LAST})
    SELECT count(*) FROM v_records_before AS b
    WHERE NOT EXISTS (SELECT FROM last WHERE last.register = b.register AND last.name = b.name)
""")


@cache
def _filing() -> list[str]:
    """The events that vouch for records."""
    return [name for name, event in event_types().items() if "digests" in event.model_fields]


async def differing_registers(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    """Records that are not what was filed last: which, and what of them."""
    async for row in tx.each(_DIFFERING, {"types": _filing()}):
        yield f"{row.register}: {row.name}", row.what


async def unvouched(tx: Tx) -> int:
    """Of how many records, on file since before filings kept digests, the log says nothing."""
    return int((await tx.execute(_UNVOUCHED, {"types": _filing()})).scalar_one())
