"""How a payer is called who has no account on file at the bank that pays for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from services.kernel.bank_text import passes_unmarked
from services.platform.database import Statements

_FILED: Final = text(
    """
    SELECT p.name, t.name_en AS town FROM (
        SELECT name, port FROM v_groups WHERE 'group' = :kind AND group_code = :code
        UNION ALL
        SELECT name, port FROM v_enterprises
        WHERE 'enterprise' = :kind AND enterprise_code = :code
    ) AS p LEFT JOIN v_ports AS t USING (port)
    """
)


@dataclass(frozen=True, slots=True)
class FiledPayer:
    """A body's name as banks pass it on, and its town, as far as they are on file."""

    name: str | None = None
    town: str | None = None


async def filed_payer(tx: Statements, party: str) -> FiledPayer:
    """A group or an enterprise as the registry has it; of a resident it publishes nothing.

    A name that banks would write as dots names nobody: such a payer is known by the code alone.
    """
    kind, _, code = party.partition(":")
    row = (await tx.execute(_FILED, {"kind": kind, "code": code})).first()
    if row is None:
        return FiledPayer()
    return FiledPayer(row.name if passes_unmarked(row.name) else None, row.town)
