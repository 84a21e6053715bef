"""What filings changed in the pools that officers are drawn from, port by port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import canonical_json
from services.kernel.identifiers import uuid_of
from services.platform.act import Act
from services.platform.vouching import Vouched
from services.registry.commands.on_file import written
from services.registry.domain.model import Officer
from services.registry.domain.rules.pool import Post, pools_changed

# The lock keeps the posts as they are until the act ends.
_POSTS: Final = text("""
    SELECT badge_no, port, skills, active FROM officers WHERE badge_no = ANY(:badges)
    ORDER BY badge_no FOR UPDATE
""")
_OFFICERS: Final = text("SELECT badge_no, officer_id FROM officers WHERE badge_no = ANY(:badges)")
_KEEP: Final = text("""
    INSERT INTO pool_changes (filing_id, place, port, officer_id, what, detail, changed_at)
    SELECT CAST(:filing_id AS uuid), place, port, officer_id, what, detail,
        CAST(:at AS timestamptz)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        place integer, port text, officer_id uuid, what text, detail text)
""")


@dataclass(frozen=True, slots=True)
class PoolChange:
    """What changed of one officer in one port's pool; of what, in ``detail``."""

    port: str
    officer_id: str
    what: str
    detail: str


async def posts_of(act: Act, officers: Sequence[Officer]) -> dict[str, Post]:
    """The posts on file of these officers, by badge."""
    rows = await act.execute(_POSTS, badges=[officer.badge_no for officer in officers])
    return {row.badge_no: Post(row.port, frozenset(row.skills), row.active) for row in rows}


async def pool_changes(
    act: Act, officers: Sequence[Officer], before: dict[str, Post]
) -> list[PoolChange]:
    """What the filing of these officers, once it is written, has changed in whose pool."""
    moves = [
        (officer, port, what)
        for officer in officers
        for port, what in pools_changed(
            before.get(officer.badge_no),
            Post(officer.port, frozenset(officer.skills), officer.active),
        )
    ]
    badges = [officer.badge_no for officer, _, _ in moves]
    rows = await act.execute(_OFFICERS, badges=badges) if moves else ()
    ids = {row.badge_no: str(row.officer_id) for row in rows}
    return [
        PoolChange(port, ids[officer.badge_no], what, " ".join(sorted(officer.skills)))
        for officer, port, what in moves
    ]


async def pool_changes_keep(
    act: Act, filing_id: str, changes: Sequence[PoolChange]
) -> list[Vouched]:
    """Have them stand beside the draws of their ports; what was written, for the filing's event."""
    if not changes:
        return []
    rows: list[dict[str, Any]] = [
        {**asdict(change), "place": place} for place, change in enumerate(changes)
    ]
    filing: UUID = uuid_of(filing_id, "imp")
    await act.execute(_KEEP, filing_id=filing, rows=canonical_json(rows), at=act.at)
    return [written("pool_changes", [filing_id], ids=[filing])]


def ports_of(changes: Sequence[PoolChange]) -> tuple[str, ...]:
    """The ports whose pool is another."""
    return tuple(sorted({change.port for change in changes}))
