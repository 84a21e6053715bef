"""Purchases that are void already, and that a version which gives nothing back has left counted.

A window that is older has some; so has one in which such a version still ran beside this one. They
are given back when the database is brought to a version, by the function that gives back every
other, and in the window's own name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.messages import SYSTEM
from services.platform.event_log import actor_to_keep

_GIVE_BACK: Final = text("""
    SELECT purchase_void(p.lot_id, CAST(:actor AS text), CAST(:at AS timestamptz))
    FROM v_purchases AS p JOIN v_lots AS l USING (lot_id)
    WHERE p.voided_at IS NULL AND l.ended_at IS NOT NULL AND l.gate_out_at IS NULL
    ORDER BY p.lot_id
""")


async def void_purchases_given_back(connection: AsyncConnection) -> None:
    """Give back what is still counted; as the owner, with views in place. Run again, nothing is."""
    said = {"actor": actor_to_keep(SYSTEM, None), "at": datetime.now(UTC)}
    await connection.execute(_GIVE_BACK, said)
