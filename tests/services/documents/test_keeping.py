"""What breaks off between store and record hurts nobody, and what is changed by hand is found."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.operate.verify.documents import documents_differing, files_at_hand, lost_files
from services.documents.commands.files import file_keep, unnamed_files_clear
from services.documents.domain.contents import Content
from services.kernel.identifiers import uuid_of
from services.platform.database import Database
from services.platform.files import FileLost, Files, digest_of
from tests.services.documents.pictures import jpeg
from tests.services.documents.test_documents import fetched, laid, sent
from tests.support.harbour import Harbour
from tests.support.window import Window, codes

_EVENTS = text("SELECT type, body FROM events WHERE case_id = :case_id ORDER BY seq")
A_DAY_AGO = "UPDATE document_files SET kept_at = now() - interval '25 hours' WHERE digest = $1"


def files_of(window: Window) -> Files:
    return Files.of(window.assembly.settings)


def place_of(window: Window, digest: bytes) -> Path:
    name = digest.hex()
    return window.home / "documents" / name[:2] / name


@pytest.fixture
def database(harbour: Harbour) -> Database:
    return harbour.window.assembly.database("documents")


async def lost(harbour: Harbour, name: str) -> list[tuple[str, str]]:
    """What `tradewindow verify` says of a document's file."""
    assembly = harbour.window.assembly
    files = files_at_hand(assembly.settings)
    async with assembly.database("window").snapshot() as tx:
        return [found async for found in lost_files(tx, files) if name in found[0]]


async def otherwise(harbour: Harbour, lot_id: str) -> list[str]:
    """What `tradewindow verify` says of the documents of a case."""
    case_id = uuid_of(lot_id, "lot")
    found: dict[UUID, list[str]] = defaultdict(list)
    async with harbour.window.assembly.database("window").snapshot() as tx:
        events = (await tx.execute(_EVENTS, {"case_id": case_id})).all()
        await documents_differing(tx, {case_id: ("lot", events)}, found)
    return found[case_id]


async def test_a_file_that_no_document_names_is_cleared_a_day_later(
    harbour: Harbour, database: Database
) -> None:
    """As when a process dies between the store and the act."""
    files, content = files_of(harbour.window), Content("application/pdf", jpeg(7, 7))
    kept = await file_keep(database, files, content)
    await unnamed_files_clear(database, files)
    assert await files.content(kept.digest) == content.content
    await harbour.window.sql.execute(A_DAY_AGO, kept.digest)
    # Handed in again at the last moment it stays for another day.
    await file_keep(database, files, content)
    await unnamed_files_clear(database, files)
    assert await files.content(kept.digest) == content.content
    await harbour.window.sql.execute(A_DAY_AGO, kept.digest)
    assert await unnamed_files_clear(database, files) >= 1
    with pytest.raises(FileLost):
        await files.content(kept.digest)
    assert not await harbour.window.sql.fetchval(
        "SELECT count(*) FROM document_files WHERE digest = $1", kept.digest
    )


async def test_a_file_that_a_document_names_is_never_cleared(
    harbour: Harbour, database: Database
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", jpeg(8, 8))
    path = f"/documents/v1/documents/{made['document_id']}/withdrawal"
    await group.clerk.post(path, {"grounds": "传错了"})
    await harbour.window.sql.execute(A_DAY_AGO, bytes.fromhex(made["digest"]))
    await unnamed_files_clear(database, files_of(harbour.window))
    assert (await fetched(group.clerk, made["document_id"])).status_code == 200


async def test_a_row_without_its_file_is_no_document(harbour: Harbour, database: Database) -> None:
    """As when a process dies between the row and the store: sent again, it is there."""
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    picture = jpeg(6, 6)
    made = await laid(group.clerk, lot_id, "INVOICE", picture)
    place_of(harbour.window, bytes.fromhex(made["digest"])).unlink()
    again = await sent(group.clerk, lot_id, "ORIGIN", picture)
    assert again.status_code == 201
    assert (await fetched(group.clerk, made["document_id"])).status_code == 200


async def test_a_file_changed_or_lost_by_hand_is_told_to_its_reader_and_found_by_verify(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", jpeg(5, 5))
    name, digest = made["document_id"], bytes.fromhex(made["digest"])
    place = place_of(harbour.window, digest)
    whole = place.read_bytes()
    assert await lost(harbour, name) == []
    for damage in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), None):
        if damage is None:
            place.unlink()
        else:
            place.write_bytes(damage)
        for what in ("content", "small"):
            refused = await fetched(group.clerk, name, what)
            assert (refused.status_code, codes(refused)) == (503, ["DOCUMENT_LOST"])
        (found,) = await lost(harbour, name)
        assert found == (
            f"{name} of {lot_id}",
            "its file is gone from the store, or is not what was kept",
        )
    place.write_bytes(whole)
    answer = await fetched(group.clerk, name)
    assert (answer.status_code, digest_of(answer.content)) == (200, digest)


@pytest.mark.parametrize(
    "changed",
    [
        "UPDATE documents SET kind = 'ORIGIN' WHERE document_id = :named",
        "UPDATE documents SET withdrawn_at = now(), withdrawn_for = 'x' WHERE document_id = :named",
        "DELETE FROM documents WHERE document_id = :named",
    ],
)
async def test_a_row_that_says_otherwise_than_the_log_is_found(
    harbour: Harbour, changed: str
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", jpeg(4, 4))
    named = uuid_of(made["document_id"], "doc")
    sql = harbour.window.sql
    await sql.execute("ALTER TABLE documents DISABLE TRIGGER documents_are_kept")
    (row,) = await sql.fetch("SELECT * FROM documents WHERE document_id = $1", named)
    before = dict(row)
    assert await otherwise(harbour, lot_id) == []
    try:
        await sql.execute(changed.replace(":named", "$1"), named)
        (found,) = await otherwise(harbour, lot_id)
        assert made["document_id"] in found
    finally:
        await sql.execute("DELETE FROM documents WHERE document_id = $1", named)
        places = ", ".join(f"${n}" for n in range(1, len(before) + 1))
        await sql.execute(
            f"INSERT INTO documents ({', '.join(before)}) VALUES ({places})", *before.values()
        )
        await sql.execute("ALTER TABLE documents ENABLE TRIGGER documents_are_kept")
