"""Payments whose goods are gone, of which a version that knew no such dispute has told nobody.

A window that is older has some, and their cases have ended; so has one in which such a version
still ran beside this one. They are told when the database is brought to a version, as a lot's move
tells every other: the case is started for one look, which opens the dispute.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TELL: Final = text("""
    INSERT INTO outbox (told, opens, source, place, attributes)
    SELECT names.payment, false, names.payment, c.seq, '{"CaseType": "settlement"}'
    FROM v_lots AS l
    INNER JOIN settlement_instructions AS i ON i.lot_id = l.lot_id
    INNER JOIN cases AS c ON c.case_id = i.instruction_id
    CROSS JOIN concat('stl_', replace(CAST(i.instruction_id AS text), '-', '')) AS names (payment)
    WHERE l.state IN ('REJECTED', 'CANCELLED', 'RETURNED', 'SEIZED') AND i.state = 'SETTLED'
        AND NOT EXISTS (
            SELECT FROM bank_disputes AS d
            WHERE d.instruction_id = i.instruction_id AND d.disposition = 'GOODS_GONE'
        )
        AND NOT EXISTS (
            SELECT FROM outbox AS o
            WHERE o.told = names.payment AND NOT o.opens AND o.attributes <> '{}'
        )
    ORDER BY i.instruction_id
""")


async def payments_of_gone_goods_told(connection: AsyncConnection) -> None:
    """Tell each that nobody was asked about; as the owner, with views in place. Of what is told
    already, and of what has its dispute, nothing is told again."""
    await connection.execute(_TELL)
