"""Draw seeds and draws: the public commitment, and everything to compute a draw again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.rules.draw import RevealedSeed
from services.platform.database import Row, Statements
from services.platform.draws.ballots import recorded_draw
from services.platform.filtered import Filtered

_SEED = text("SELECT * FROM draw_seeds WHERE seed_id = :seed_id")
_SEEDS = Filtered(
    "SELECT * FROM draw_seeds WHERE ASKED(seed_id > :after)"
    " AND ASKED(port = :port)"
    " AND ASKED(business_on = :day) ORDER BY seed_id LIMIT :rows"
)
_DRAW_DAYS = Filtered(
    "SELECT * FROM draw_seeds WHERE ASKED(seed_id < :before)"
    " AND ASKED(port = :port)"
    " AND ASKED(business_on = :day)"
    " AND ASKED((closed_at IS NOT NULL) = :closed)"
    " ORDER BY seed_id DESC LIMIT :rows"
)
_REVEALED_SEED = Filtered(
    "SELECT * FROM draw_seeds WHERE closed_at IS NOT NULL"
    " AND ASKED(seed_id = :seed_id) ORDER BY seed_id DESC LIMIT 1"
)
_DRAWS: Final = """
    SELECT screening_id AS key, 'goods' AS purpose,
        'lot_' || replace(CAST(lot_id AS text), '-', '') AS subject,
        draw_value, rate, selected, CAST(NULL AS text[]) AS eligible,
        CAST(NULL AS text[]) AS drawn, screened_at AS drawn_at
    FROM screenings WHERE seed_id = :seed_id
    UNION ALL
    SELECT CAST(md5(case_id || '|' || draw_no || '|' || purpose) AS uuid), purpose, subject,
        NULL, NULL, NULL, eligible, drawn, drawn_at
    FROM case_draws WHERE seed_id = :seed_id
"""
_DRAW_PAGE = Filtered(
    f"SELECT * FROM ({_DRAWS}) AS d WHERE ASKED(key > :after) ORDER BY key LIMIT :rows"
)
_REVEALED = text("SELECT * FROM v_revealed_draws WHERE seed_id = :seed_id")
_REVEALED_SEEDS = Filtered(
    "SELECT DISTINCT seed_id FROM v_revealed_draws"
    " WHERE ASKED(seed_id > :after) ORDER BY seed_id LIMIT 1"
)


async def seed_get(tx: Statements, seed_id: UUID) -> Row | None:
    """One draw seed."""
    return (await tx.execute(_SEED, {"seed_id": seed_id})).one_or_none()


async def seed_list(
    tx: Statements, *, port: str | None, day: date | None, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Draw seeds, oldest first."""
    keys = {"port": port, "day": day, "after": after, "rows": rows}
    return (await tx.execute(_SEEDS, keys)).all()


async def draw_day_list(
    tx: Statements,
    *,
    port: str | None,
    day: date | None,
    closed: bool | None,
    before: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Draw seeds, the newest first; ``closed``: only those that are, or are not."""
    keys = {"port": port, "day": day, "closed": closed, "before": before, "rows": rows}
    return (await tx.execute(_DRAW_DAYS, keys)).all()


async def revealed_seed(tx: Statements, seed_id: UUID | None) -> Row | None:
    """A seed that is published, or the newest of all that are; None where there is none."""
    return (await tx.execute(_REVEALED_SEED, {"seed_id": seed_id})).one_or_none()


async def draw_list(
    tx: Statements, seed_id: UUID, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Everything drawn under a seed. The result of a draw is public at once, the seed later."""
    keys = {"seed_id": seed_id, "after": after, "rows": rows}
    return (await tx.execute(_DRAW_PAGE, keys)).all()


# From so many days before the draw day on, until the day was closed.
_POOL_CHANGES = text("""
    SELECT c.* FROM draw_seeds AS s CROSS JOIN LATERAL (
        SELECT *, CAST(filing_id AS text) || ' ' || lpad(CAST(place AS text), 6, '0') AS key
        FROM v_pool_changes WHERE port = s.port
    ) AS c
    WHERE s.seed_id = :seed_id AND c.key > :after
        AND c.changed_at >= CAST(s.business_on - CAST(:days AS integer) AS timestamp)
            AT TIME ZONE 'Asia/Shanghai'
        AND (s.closed_at IS NULL OR c.changed_at < s.closed_at)
    ORDER BY c.key LIMIT :rows
""")


async def pool_changes(
    tx: Statements, seed_id: UUID, *, days: int, after: str, rows: int
) -> Sequence[Row]:
    """What filings changed in the pool of a draw day's port, since so many days before it."""
    values = {"seed_id": seed_id, "days": days, "after": after, "rows": rows}
    return (await tx.execute(_POOL_CHANGES, values)).all()


async def draws_to_verify(tx: Statements) -> AsyncIterator[RevealedSeed]:
    """Every revealed seed with its draws, one seed at a time, for ``draw.differences``."""
    after: UUID | None = None
    while True:
        seed_id = (await tx.execute(_REVEALED_SEEDS, {"after": after})).scalar_one_or_none()
        if seed_id is None:
            return
        rows = (await tx.execute(_REVEALED, {"seed_id": seed_id})).all()
        for revealed, group in groupby(rows, key=_seed):
            draws = tuple(recorded_draw(r) for r in group if r.purpose is not None)
            yield RevealedSeed(*revealed, draws=draws)
        after = seed_id


def _seed(row: Row) -> tuple[str, str, date, int, bytes, bytes]:
    commitment, seed = bytes(row.commitment), bytes(row.seed)
    return show("sed", row.seed_id), row.port, row.business_on, row.round, commitment, seed
