"""Filing of ports and border markets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from services.platform.act import Act
from services.platform.filing import duplicates, plain
from services.registry.commands.proposal import Proposal, Records, records_file
from services.registry.domain.model import PortRecord

_PORTS_WRITTEN = text("""
    INSERT INTO ports (port, name_zh, name_en, customs_office, active)
    SELECT port, name_zh, name_en, customs_office, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        port text, name_zh text, name_en text, customs_office text, active boolean)
    ORDER BY port
    ON CONFLICT (port) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
        customs_office = excluded.customs_office, active = excluded.active
    WHERE CAST(:replaces AS boolean)
""")
# Rows that would change what is on file. The lock keeps it until the act ends.
_PORTS_CHANGED = text("""
    SELECT r.place, p.port AS subject
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN ports AS p ON p.port = r.row ->> 'port'
    WHERE (p.name_zh, p.name_en, CAST(p.customs_office AS text), p.active) IS DISTINCT FROM
        (r.row ->> 'name_zh', r.row ->> 'name_en', r.row ->> 'customs_office',
            CAST(r.row ->> 'active' AS boolean))
    ORDER BY r.place FOR UPDATE OF p
""")
_PORTS: Final = Records("ports", _PORTS_WRITTEN, _PORTS_CHANGED)


async def ports_file(
    act: Act, ports: Sequence[PortRecord], two: Proposal | None = None
) -> dict[str, Any]:
    """File ports and border markets; what of one is on file takes two persons to change.

    Refuses DUPLICATE_ROW, CHANGE_TO_PROPOSE.
    """
    codes = [p.port for p in ports]
    return await records_file(act, _PORTS, plain(ports), two, codes=codes, found=duplicates(codes))
