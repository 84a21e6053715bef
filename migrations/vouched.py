"""What the log vouches for by the window's own word: which records were on file before.

The names in ``records_before`` excuse records of which no filing says a digest. A window that began
with a version whose filings keep digests has the versions' own there, whose digest is known here.
One that is older has one event of its names: it is appended when the database is brought to this
version, and counts before any filing with a digest alone, so that no name is added later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid
from services.kernel.messages import SYSTEM
from services.platform.event_log import actor_to_keep
from services.platform.settings import role_of
from services.platform.vouching import SALTED

NAMES_BEFORE: Final = "records_before"
FRESH: Final = "53d93e1ddceffe2d82b35fd9000ab562d4e06db92e4d5d3ea94e1178ad5efbbc"
"""The digest (hex) of the names that a new window has: of what the versions up to 0041 file."""
_NAMES: Final = text(
    f"SELECT name, {SALTED.format(filing='CAST(:filing AS text)', digest='digest')} AS digest,"
    f" (SELECT count(*) FROM {NAMES_BEFORE}) AS count"
    " FROM v_filed_records WHERE register = CAST(:register AS text)"
    " AND encode(digest, 'hex') <> CAST(:fresh AS text)"
    " AND NOT EXISTS (SELECT FROM cases JOIN events USING (case_id)"
    " WHERE reference = CAST(:register AS text) AND events.type = 'RecordsFound')"
)
_SAY: Final = text(
    "SELECT append_event(CAST(:filing AS uuid), 'imp', 'RecordsFound', 'find',"
    " CAST(:actor AS text), CAST(:body AS text), CAST(:at AS timestamptz),"
    " jsonb_build_object('reference', CAST(:register AS text)), CAST(CAST(:role AS text) AS name))"
)


async def names_vouched_for(connection: AsyncConnection) -> None:
    """Say once in the log which records were on file before; as the owner, with views in place."""
    filing = str(new_uuid())
    asked = {"filing": filing, "register": NAMES_BEFORE}
    found = (await connection.execute(_NAMES, {**asked, "fresh": FRESH})).one_or_none()
    if found is None:
        return
    body = {
        "kind": NAMES_BEFORE,
        "count": found.count,
        "digests": {NAMES_BEFORE: {found.name: found.digest}},
    }
    said = {
        **asked,
        "actor": actor_to_keep(SYSTEM, None),
        "body": canonical_json(body),
        "at": datetime.now(UTC),
        "role": role_of("registry"),
    }
    await connection.execute(_SAY, said)
