"""Whether every revealed draw is what its seed, and who was eligible, make it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.rules.draw import RevealedSeed, differences
from services.platform.database import Row, Tx
from services.platform.draws.ballots import recorded_draw

_DRAWS: Final = text(
    "SELECT * FROM v_revealed_draws ORDER BY business_on, port, round, purpose, subject"
)


async def differing_draws(tx: Tx) -> AsyncIterator[tuple[str, str | None]]:
    """Each draw, with nothing beside it; and of each that differs, or of its seed, what does."""
    async for row in tx.each(_DRAWS):
        where = f"draw of {row.port} on {row.business_on}, round {row.round}"
        if row.purpose is not None:
            yield where, None
        for what in differences(_revealed(row)):
            yield where, what


def _revealed(row: Row) -> RevealedSeed:
    """One row of the view as a seed with at most one draw: a seed without draws is checked too."""
    draws = () if row.purpose is None else (recorded_draw(row),)
    return RevealedSeed(
        seed_id=show("sed", row.seed_id),
        port=row.port,
        business_on=row.business_on,
        round=row.round,
        commitment=row.commitment,
        seed=row.seed,
        draws=draws,
    )
