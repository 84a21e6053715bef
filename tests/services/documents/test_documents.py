"""Documents with their cases: who adds, who reads, what is given out, and what is told of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from deploy.sandbox.parties import Party, Unexpected
from services.kernel.identifiers import new_id, uuid_of
from tests.services.documents.pictures import PDF, jpeg
from tests.support.harbour import Harbour
from tests.support.window import codes


async def sent(
    party: Party, case_id: str, kind: str, content: bytes, **headers: str
) -> httpx2.Response:
    """Hand a file in."""
    return await party.http.post(
        f"/documents/v1/cases/{case_id}/documents/{kind}",
        content=content,
        headers={
            "Authorization": f"Bearer {party.bearer}",
            "Idempotency-Key": uuid4().hex,
            "Content-Type": "application/octet-stream",
            **headers,
        },
    )


async def laid(party: Party, case_id: str, kind: str, content: bytes) -> dict[str, Any]:
    """Hand in a file that must be taken."""
    answer = await sent(party, case_id, kind, content)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fetched(party: Party, document_id: str, what: str = "content") -> httpx2.Response:
    """Fetch a file, or its small picture."""
    headers = {"Authorization": f"Bearer {party.bearer}"}
    return await party.http.get(f"/documents/v1/documents/{document_id}/{what}", headers=headers)


async def listed(party: Party, case_id: str) -> dict[str, Any]:
    return await party.get(f"/documents/v1/cases/{case_id}/documents")


async def test_what_is_fetched_is_what_the_log_names(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    before = await group.clerk.get(f"/window/v1/cases/{lot_id}")
    made = await laid(group.clerk, lot_id, "INVOICE", PDF)

    answer = await fetched(group.clerk, made["document_id"])
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    name = f'attachment; filename="{made["document_id"]}.pdf"'
    assert answer.headers["content-disposition"] == name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    timeline = await group.clerk.get(f"/window/v1/cases/{lot_id}/timeline")
    (event,) = [e for e in timeline["items"] if e["type"] == "DocumentAdded"]
    assert event["body"] == {
        "document_id": made["document_id"],
        "kind": "INVOICE",
        "digest": sha256(PDF).hexdigest(),
        "media_type": "application/pdf",
        "size": len(PDF),
    }
    after = await group.clerk.get(f"/window/v1/cases/{lot_id}")
    assert after["version"] == before["version"], "whoever decides on the lot has read it still"


async def test_nobody_learns_of_a_case_that_is_not_his_to_see(harbour: Harbour) -> None:
    group, other = await harbour.group(1), await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", PDF)
    unknown = new_id("lot")
    for case_id in (lot_id, unknown):
        assert (await sent(other.clerk, case_id, "INVOICE", PDF)).status_code == 404
        with pytest.raises(Unexpected, match=": 404 "):
            await listed(other.clerk, case_id)
    for document_id in (made["document_id"], new_id("doc")):
        for what in ("content", "small"):
            assert (await fetched(other.clerk, document_id, what)).status_code == 404
        path = f"/documents/v1/documents/{document_id}/withdrawal"
        assert (await other.clerk.try_post(path, {"grounds": "x"})).status_code == 404


async def test_a_kind_is_read_by_those_whom_it_names_alone(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    invoice = await laid(group.clerk, lot_id, "INVOICE", PDF)
    transport = await laid(group.clerk, lot_id, "TRANSPORT", PDF)
    phone = await harbour.window.phone(group.residents[0])
    for reader in (group.clerk, phone):
        shown = await listed(reader, lot_id)
        assert [d["document_id"] for d in shown["items"]] == [
            invoice["document_id"],
            transport["document_id"],
        ]
    assert [d["kind"] for d in (await listed(harbour.gate, lot_id))["items"]] == ["TRANSPORT"]
    assert (await fetched(harbour.gate, invoice["document_id"])).status_code == 404
    assert (await fetched(harbour.gate, transport["document_id"])).status_code == 200


async def test_whoever_only_reads_a_case_adds_nothing_to_it(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    phone = await harbour.window.phone(group.residents[0])
    assert (await listed(phone, lot_id))["may_add"] == []
    refused = await sent(phone, lot_id, "INVOICE", PDF)
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    wrong = await sent(group.clerk, lot_id, "EVIDENCE", PDF)
    assert codes(wrong) == ["DOCUMENT_KIND_UNKNOWN"]
    assert "INVOICE" in wrong.json()["errors"][0]["facts"]["known"]


async def test_photos_of_findings_are_added_by_who_was_drawn_and_read_by_customs(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    order_id = (await harbour.inspected(group, values=["10.00"]))["order_id"]
    first, _ = await harbour.officers(order_id)
    made = await laid(first, order_id, "FINDINGS_PHOTO", jpeg(900, 600))
    small = await fetched(first, made["document_id"], "small")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert len(small.content) < 40_000

    shown = await listed(group.clerk, order_id)
    assert (shown["items"], shown["may_add"]) == ([], [])
    assert (await fetched(group.clerk, made["document_id"])).status_code == 404
    told = await group.clerk.get(f"/window/v1/cases/{order_id}/timeline")
    assert "FindingsPhotographed" not in [e["type"] for e in told["items"]]
    stranger = harbour.officer(await harbour.hire())
    assert len((await listed(stranger, order_id))["items"]) == 1
    assert codes(await sent(stranger, order_id, "FINDINGS_PHOTO", PDF)) == ["FORBIDDEN"]


async def test_what_is_handed_in_twice_lies_there_once(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    key = {"Idempotency-Key": uuid4().hex}
    picture = jpeg(300, 200)
    first = await sent(group.clerk, lot_id, "INVOICE", picture, **key)
    clicked = await sent(group.clerk, lot_id, "INVOICE", picture, **key)
    again = await sent(group.clerk, lot_id, "INVOICE", picture)
    assert (first.status_code, clicked.status_code, again.status_code) == (201, 201, 200)
    assert first.json() == clicked.json() == again.json()
    other = await sent(group.clerk, lot_id, "ORIGIN", picture, **key)
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED"]
    assert len((await listed(group.clerk, lot_id))["items"]) == 1
    assert (await harbour.events(lot_id)).count("DocumentAdded") == 1


async def test_a_document_is_withdrawn_by_who_added_it_and_is_still_there(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", PDF)
    path = f"/documents/v1/documents/{made['document_id']}/withdrawal"
    colleague = harbour.window.parties.act_as("clerk", f"group:{group.code}", subject="another")
    refused = await colleague.try_post(path, {"grounds": "不是我的"})
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])

    taken = await group.clerk.post(path, {"grounds": "传错了发票"})
    assert taken["withdrawn_for"] == "传错了发票"
    assert codes(await group.clerk.try_post(path, {"grounds": "再撤"})) == ["DOCUMENT_WITHDRAWN"]
    (shown,) = (await listed(colleague, lot_id))["items"]
    assert (shown["withdrawn_at"], shown["yours"]) == (taken["withdrawn_at"], False)
    assert (await fetched(colleague, made["document_id"])).content == PDF
    assert "DocumentWithdrawn" in await harbour.events(lot_id)
    renewed = await sent(group.clerk, lot_id, "INVOICE", PDF)
    assert renewed.status_code == 201
    assert renewed.json()["document_id"] != made["document_id"]


async def test_a_case_that_has_ended_takes_no_document(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", PDF)
    assert (await listed(group.clerk, lot_id))["has_ended"] is False
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "不来了"})
    assert codes(await sent(group.clerk, lot_id, "ORIGIN", PDF)) == ["STATE_CONFLICT"]
    path = f"/documents/v1/documents/{made['document_id']}/withdrawal"
    assert codes(await group.clerk.try_post(path, {"grounds": "x"})) == ["STATE_CONFLICT"]
    shown = await listed(group.clerk, lot_id)
    assert (len(shown["items"]), shown["may_add"], shown["has_ended"]) == (1, [], True)


async def test_a_version_that_was_read_is_compared(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    late = await sent(group.clerk, lot_id, "INVOICE", PDF, **{"If-Match": '"99"'})
    assert codes(late) == ["VERSION_MISMATCH"]


async def test_a_row_of_a_document_is_changed_by_no_hand_of_the_service(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = await laid(group.clerk, lot_id, "INVOICE", PDF)
    named = uuid_of(made["document_id"], "doc")
    for statement in (
        "UPDATE documents SET kind = 'ORIGIN' WHERE document_id = $1",
        "DELETE FROM documents WHERE document_id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="added and withdrawn"):
            await harbour.window.sql.execute(statement, named)
