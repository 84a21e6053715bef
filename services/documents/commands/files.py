"""Files in the store and the rows that know of them.

The row is written before the file, and the document after it: what breaks off in between leaves a
file that no document names. It hurts nobody and is cleared a day later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from services.documents.domain.contents import Content
from services.platform.database import Database
from services.platform.files import Files, digest_of

UNNAMED: Final = timedelta(days=1)
"""So long a file may lie in the store of which no document tells: an act is under way, or was."""
BATCH: Final = 100

# Whoever hands the same content in again has it kept for another day, before his act.
_KNOWN = text("""
    INSERT INTO document_files (digest, media_type, size, key_id, kept_at)
    VALUES (:digest, :media_type, :size, :key_id, now())
    ON CONFLICT (digest) DO UPDATE SET key_id = excluded.key_id, kept_at = excluded.kept_at
""")
# Locked until the file is gone: who hands it in again waits, and writes it anew.
_UNNAMED = text("""
    SELECT f.digest FROM document_files AS f
    WHERE f.kept_at < now() - CAST(:unnamed AS interval) AND NOT EXISTS (
        SELECT FROM documents AS d WHERE d.digest = f.digest
        UNION ALL SELECT FROM papers AS p WHERE p.digest = f.digest
    )
    ORDER BY f.kept_at LIMIT :rows FOR UPDATE SKIP LOCKED
""")
_FORGET = text("DELETE FROM document_files WHERE digest = ANY(:digests)")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One content that is in the store."""

    digest: bytes
    media_type: str
    size: int


async def file_keep(database: Database, files: Files, content: Content) -> KeptFile:
    """Keep a content in the store, once. Raises StoreAway."""
    kept = KeptFile(digest_of(content.content), content.media_type, len(content.content))
    async with database.transaction() as tx:
        await tx.execute(_KNOWN, {**asdict(kept), "key_id": files.key_id})
    await files.keep(kept.digest, content.content)
    return kept


async def unnamed_files_clear(database: Database, files: Files) -> int:
    """Delete files that no document names and nobody has handed in for a day; how many.

    Raises StoreAway.
    """
    async with database.transaction() as tx:
        found = await tx.execute(_UNNAMED, {"unnamed": UNNAMED, "rows": BATCH})
        digests = list(found.scalars())
        for digest in digests:
            await files.forget(digest)
        if digests:
            await tx.execute(_FORGET, {"digests": digests})
    return len(digests)
