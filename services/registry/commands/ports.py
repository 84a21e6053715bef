"""Filing of ports and border markets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from services.kernel.refusal import refuse_if_any
from services.platform.act import Act
from services.platform.filing import duplicates, plain, rows_file
from services.registry.commands.on_file import written
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import PortRecord

_PORTS = text("""
    INSERT INTO ports (port, name_zh, name_en, customs_office, active)
    SELECT port, name_zh, name_en, customs_office, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        port text, name_zh text, name_en text, customs_office text, active boolean)
    ORDER BY port
    ON CONFLICT (port) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
        customs_office = excluded.customs_office, active = excluded.active
""")


async def ports_file(act: Act, ports: Sequence[PortRecord]) -> dict[str, Any]:
    """File ports and border markets; a code filed before is replaced. Refuses DUPLICATE_ROW."""
    refuse_if_any(duplicates([p.port for p in ports]))
    codes = [p.port for p in ports]
    vouched = [written("ports", codes, codes=codes)]
    return await rows_file(
        act, _PORTS, plain(ports), kind="ports", says=RecordsFiled, vouched=vouched
    )
