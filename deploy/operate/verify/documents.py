"""Whether what lies with cases is what their logs say, and each file is what was kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.data_directory import LocalError
from services.kernel.identifiers import show
from services.platform.database import Row, Statements, Tx
from services.platform.files import FileLost, Files, StoreAway
from services.platform.settings import Settings

_ADDED: Final = frozenset({"DocumentAdded", "FindingsPhotographed"})
_WITHDRAWN: Final = frozenset({"DocumentWithdrawn", "FindingsPhotoWithdrawn"})
COMPARED: Final = frozenset({"documents", "document_files"})
"""The tables of which this module compares what they say."""
_ROWS: Final = text("SELECT * FROM v_documents WHERE case_id = ANY(CAST(:case_ids AS uuid[]))")
_FILES: Final = text(
    """
    SELECT f.digest, d.document_id, d.case_kind, d.case_id
    FROM v_document_files AS f
    LEFT JOIN LATERAL (
        SELECT document_id, case_kind, case_id FROM v_documents
        WHERE digest = encode(f.digest, 'hex') ORDER BY document_id LIMIT 1
    ) AS d ON true
    WHERE f.digest > :after ORDER BY f.digest LIMIT 500
    """
)
Said = tuple[str | None, str | None, bool]
"""Of a document its kind, its digest, and whether it was withdrawn."""


async def documents_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Cases with which other documents lie than their events say, or in another state."""
    rows: dict[UUID, dict[str, Said]] = defaultdict(dict)
    for row in await tx.execute(_ROWS, {"case_ids": list(chains)}):
        there = (row.kind, row.digest, row.withdrawn_at is not None)
        rows[row.case_id][show("doc", row.document_id)] = there
    for case_id, (_, events) in chains.items():
        said = _said(events)
        for name in sorted(said.keys() | rows[case_id].keys()):
            if said.get(name) != rows[case_id].get(name):
                found[case_id].append(f"documents says otherwise of {name} than the log")


def _said(events: Sequence[Row]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for event in events:
        if event.type in _ADDED:
            # A body that lacks something is no document's; that it differs is what is to be said.
            body: dict[str, Any] = json.loads(event.body)
            said[str(body.get("document_id"))] = (body.get("kind"), body.get("digest"), False)
        elif event.type in _WITHDRAWN:
            name = str(json.loads(event.body).get("document_id"))
            if name in said:
                said[name] = (*said[name][:2], True)
    return said


def files_at_hand(settings: Settings) -> Files | None:
    """The store, where this process is told of one. Raises SettingsError for what is to be mended.

    Whoever verifies elsewhere than beside the documents says by leaving it unset that no file is
    looked at, and is told so.
    """
    if settings.documents_store is None:
        print("Files are not looked at: DOCUMENTS_STORE does not say where they are.")
        return None
    return Files.of(settings)


def _whose(row: Row) -> str:
    if row.document_id is None:
        # A signed paper's: it is named by its file alone.
        return f"the paper with the digest {row.digest.hex()}"
    return f"{show('doc', row.document_id)} of {show(row.case_kind, row.case_id)}"


async def lost_files(tx: Tx, files: Files | None) -> AsyncIterator[tuple[str, str]]:
    """Files that are gone from the store, or are not what was kept. Raises LocalError."""
    after = b""
    while files and (page := (await tx.execute(_FILES, {"after": after})).all()):
        for row in page:
            try:
                await files.content(row.digest)
            except FileLost:
                yield _whose(row), "its file is gone from the store, or is not what was kept"
            except StoreAway as error:
                raise LocalError(
                    f"The store of documents does not answer ({error}); DOCUMENTS_STORE names it."
                ) from error
        after = page[-1].digest
