"""Signed papers over the public interface: who has which, what it says, and how long it stands."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx2
import pypdf
import pytest

from deploy.sandbox.parties import Party
from services.documents.commands.signing import seal_of
from services.documents.domain.papers import PaperKind, digest_of, is_as_issued
from services.kernel.clock import business_day
from services.kernel.identifiers import case_uuid
from services.platform.language import LANGUAGES
from tests.services.documents.test_paper_as_set import MARKUP, RARE, plain, text_of
from tests.services.documents.test_paper_as_signed import stands
from tests.support.cases import OPEN
from tests.support.harbour import PASSED, Harbour
from tests.support.on_file import officers_as
from tests.support.plates import own_plate
from tests.support.window import codes

PAPERS: Final = "/documents/v1/papers"
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


async def asked(party: Party, kind: str, about: str, language: str = "en") -> httpx2.Response:
    return await party.try_post(PAPERS, {"kind": kind, "about": about, "language": language})


async def got(party: Party, path: str) -> httpx2.Response:
    return await party.http.get(path, headers={"authorization": f"Bearer {party.bearer}"})


async def issued(party: Party, kind: str, about: str, language: str = "en") -> dict[str, Any]:
    answer = await asked(party, kind, about, language)
    assert answer.status_code == 201, answer.text
    paper: dict[str, Any] = answer.json()
    return paper


async def fetched(party: Party, paper: Mapping[str, Any]) -> bytes:
    answer = await got(party, f"{PAPERS}/{paper['paper_no']}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    content: bytes = answer.content
    return content


async def standing(harbour: Harbour, number: str) -> httpx2.Response:
    """What anybody is told who has nothing but a number."""
    return await harbour.window.parties.http.get(f"{PAPERS}/{number}/standing")


async def stood(harbour: Harbour, paper: Mapping[str, Any]) -> str:
    answer = await standing(harbour, paper["paper_no"])
    assert answer.status_code == 200, answer.text
    return str(answer.json()["standing"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_receipt_is_signed_and_says_what_was_declared(
    harbour: Harbour, language: str
) -> None:
    group = await harbour.group(2)
    await harbour.window.sql.execute(
        "UPDATE groups SET name = $1 WHERE group_code = $2", RARE[0], group.code
    )
    lot_id = await harbour.accepted(
        group, residents=group.residents, values=["10.00", "20.00"], goods_name=RARE[1]
    )
    paper = await issued(group.clerk, "RECEIPT", lot_id, language)
    content = await fetched(group.clerk, paper)
    assert hashlib.sha256(content).hexdigest() == paper["digest"]
    seal = seal_of(harbour.window.assembly.settings)
    assert seal is not None
    assert await asyncio.to_thread(stands, content, seal)
    found = text_of(content)
    for said in (RARE[0], RARE[1], group.code, lot_id, paper["paper_no"], paper["address"]):
        assert plain(said) in found
    assert "样本" in found
    assert not any(number in found for number in group.residents)
    assert str(pypdf.PdfReader(io.BytesIO(content)).root_object["/Lang"])[:2] == language[:2]
    assert paper["address"].endswith(f"/portal/paper/{paper['paper_no'].replace('-', '').lower()}")


@pytest.mark.parametrize("typed", MARKUP)
async def test_markup_in_a_name_comes_out_as_it_was_typed(harbour: Harbour, typed: str) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group, goods_name=typed)
    paper = await issued(group.clerk, "RECEIPT", lot_id)
    assert plain(typed) in text_of(await fetched(group.clerk, paper))


async def test_the_same_asked_again_is_the_same_paper(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    paper = await issued(group.clerk, "RECEIPT", lot_id)
    assert await issued(group.clerk, "RECEIPT", lot_id) == paper
    other = await issued(group.clerk, "RECEIPT", lot_id, "vi")
    assert other["paper_no"] != paper["paper_no"]
    # Shares that are confirmed change nothing of what was accepted.
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True})
    await harbour.until(group.clerk, lot_id, "RELEASED")
    assert await issued(group.clerk, "RECEIPT", lot_id) == paper
    assert await stood(harbour, paper) == "VALID"


async def test_two_who_ask_at_once_get_one_paper(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    papers = await asyncio.gather(*(issued(group.clerk, "RECEIPT", lot_id) for _ in range(6)))
    assert len({paper["paper_no"] for paper in papers}) == 1
    content = await fetched(group.clerk, papers[0])
    assert {p["digest"] for p in papers} == {hashlib.sha256(content).hexdigest()}


async def test_a_member_has_the_own_share_on_paper_and_nobody_else_s(harbour: Harbour) -> None:
    group = await harbour.group(2)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["11.00", "22.00"])
    one, other = [await harbour.window.phone(number) for number in group.residents]
    paper = await issued(one, "RECEIPT", lot_id)
    found = text_of(await fetched(one, paper))
    assert "11.00" in found
    assert "22.00CNY" not in found
    assert (await issued(other, "RECEIPT", lot_id))["paper_no"] != paper["paper_no"]
    for stranger in (other, group.clerk, harbour.gate):
        answer = await got(stranger, f"{PAPERS}/{paper['paper_no']}")
        assert answer.status_code == 404


async def test_who_may_not_read_the_case_or_have_the_paper_is_told_that_there_is_none(
    harbour: Harbour,
) -> None:
    group = await harbour.group()
    lot_id = await harbour.released(group)
    paper = await issued(group.clerk, "RECEIPT", lot_id)
    strangers = [
        (await harbour.group()).clerk,
        await harbour.window.phone((await harbour.group()).residents[0]),
        harbour.window.parties.act_as("officer", "officer:of_another_port", port="PINGXIANG"),
        harbour.window.parties.act_as("bank", "bank:ABOCCNBJ"),
        harbour.gate,
    ]
    for stranger in strangers:
        assert codes(await asked(stranger, "RECEIPT", lot_id)) == ["NOT_FOUND"]
        assert (await got(stranger, f"{PAPERS}/{paper['paper_no']}")).status_code == 404
    assert codes(await asked(group.clerk, "ADVICE", lot_id)) == ["NOT_FOUND"]
    assert (await asked(harbour.gate, "PASS", lot_id)).status_code == 201


async def test_a_pass_stands_until_it_is_used(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    assert codes(await asked(group.clerk, "PASS", lot_id)) == ["PAPER_NOT_DUE"]
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True})
    await harbour.until(group.clerk, lot_id, "RELEASED")
    paper = await issued(group.clerk, "PASS", lot_id)
    assert await stood(harbour, paper) == "VALID"
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    assert await stood(harbour, paper) == "REPLACED"
    assert codes(await asked(group.clerk, "PASS", lot_id)) == ["PAPER_NOT_DUE"]
    assert hashlib.sha256(await fetched(group.clerk, paper)).hexdigest() == paper["digest"]


async def test_the_gate_reads_which_lot_a_pass_is_of_and_nobody_else_does(
    harbour: Harbour,
) -> None:
    group = await harbour.group()
    lot_id = await harbour.released(group)
    paper = await issued(group.clerk, "PASS", lot_id)
    receipt = await issued(group.clerk, "RECEIPT", lot_id)
    lot = f"{PAPERS}/{paper['paper_no']}/lot"
    answer = await got(harbour.gate, lot)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"paper_no": paper["paper_no"], "lot_id": lot_id}
    assert codes(await got(group.clerk, lot)) == ["FORBIDDEN"]
    assert (await harbour.window.parties.http.get(lot)).status_code == 401
    for other in (receipt["paper_no"], "0" * 32, "no-number"):
        assert codes(await got(harbour.gate, f"{PAPERS}/{other}/lot")) == ["NOT_FOUND"]
    # Once it is out the pass stands no longer, and is still known as this lot's.
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    assert (await got(harbour.gate, lot)).json()["lot_id"] == lot_id


async def test_a_pass_of_a_lot_that_is_called_back_stands_no_longer(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.released(group)
    paper = await issued(group.clerk, "PASS", lot_id)
    officer = harbour.officer(await harbour.hire())
    grounds = {"lane": "RED", "grounds": "the seal is another"}
    await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", grounds)
    await harbour.until(group.clerk, lot_id, "IN_INSPECTION")
    assert await stood(harbour, paper) == "REPLACED"


async def test_no_paper_tells_of_a_control_that_reaches_its_truck(harbour: Harbour) -> None:
    """The gate asks for itself: whoever knew before would have time to do without the lot."""
    group, plate = await harbour.group(), own_plate()
    lot_id = await harbour.released(group, vehicle_plate=plate)
    paper = await issued(group.clerk, "PASS", lot_id)
    (risk, _) = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    listed = {"kind": "vehicle_plate", "value": plate, "lane": "RED", "grounds": "told to us"}
    today = business_day(datetime.now(UTC)).isoformat()
    await risk.post("/risk/v1/controls", {**listed, "effective_from": today})
    assert await stood(harbour, paper) == "VALID"
    assert (await asked(group.clerk, "PASS", lot_id)).status_code == 201


async def test_a_receipt_of_a_lot_that_is_withdrawn_stands_no_longer(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    paper = await issued(group.clerk, "RECEIPT", lot_id)
    await group.clerk.post(
        f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "the truck did not come"}
    )
    assert await stood(harbour, paper) == "REPLACED"


async def test_an_order_is_customs_own_and_its_findings_are_everybody_s(harbour: Harbour) -> None:
    group = await harbour.group()
    lot = await harbour.inspected(group)
    order_id = str(lot["order_id"])
    officer = (await harbour.officers(order_id))[0]
    assert codes(await asked(group.clerk, "ORDER", order_id)) == ["NOT_FOUND"]
    assert codes(await asked(group.clerk, "FINDINGS", order_id)) == ["PAPER_NOT_DUE"]
    order = await issued(officer, "ORDER", order_id)
    assert await stood(harbour, order) == "VALID"
    await harbour.dispose(order_id, {**PASSED, "found_kg": "100.400"})
    assert await stood(harbour, order) == "REPLACED"
    findings = await issued(group.clerk, "FINDINGS", order_id)
    found = text_of(await fetched(group.clerk, findings))
    assert "nodifference" in found
    # Of which goods on which truck, as everybody knows who declared them; not what the scale said.
    for told in (lot["goods_name"], lot["hs_code"], lot["vehicle_plate"], "as declared 100kg"):
        assert plain(told) in found
    assert "100.4" not in found
    assert await stood(harbour, findings) == "VALID"


def test_findings_issued_when_they_named_no_goods_stand_as_long_as_the_rest_does() -> None:
    before = {"order": "ins_1", "results": ["NO_DIFFERENCE"], "disposal": "RELEASE"}
    now = {**before, "goods": "cashews", "hs_code": "08013100", "declared_kg": "100.000"}
    for issued_upon in (before, now):
        digest = digest_of(PaperKind.FINDINGS, issued_upon)
        assert is_as_issued(PaperKind.FINDINGS, now, digest)
        assert not is_as_issued(PaperKind.FINDINGS, {**now, "disposal": "SEIZE"}, digest)
    assert not is_as_issued(
        PaperKind.FINDINGS, {**now, "goods": "nuts"}, digest_of(PaperKind.FINDINGS, now)
    )
    order = digest_of(PaperKind.ORDER, before)
    assert not is_as_issued(PaperKind.ORDER, now, order)


async def test_an_advice_comes_with_the_bank_s_word(harbour: Harbour) -> None:
    stl_id = await OPEN["stl"](harbour)
    party = await harbour.window.sql.fetchval(
        "SELECT instructed_by FROM settlement_instructions WHERE instruction_id = $1",
        case_uuid(stl_id),
    )
    clerk = harbour.window.parties.act_as("clerk", party)
    assert codes(await asked(clerk, "ADVICE", stl_id)) == ["PAPER_NOT_DUE"]
    await harbour.window.sql.execute(
        "UPDATE settlement_instructions SET state = 'SETTLED', paid_minor = 10000,"
        " paid_currency = 'CNY', ended_at = now() WHERE instruction_id = $1",
        case_uuid(stl_id),
    )
    paper = await issued(clerk, "ADVICE", stl_id)
    found = text_of(await fetched(clerk, paper))
    assert "100.00CNY" in found
    assert plain("Sample Mong Cai 1") in found


async def test_a_certificate_rests_with_its_suspension(harbour: Harbour) -> None:
    aeo_id = await OPEN["aeo"](harbour)
    sql, key = harbour.window.sql, case_uuid(aeo_id)
    code = await sql.fetchval("SELECT enterprise_code FROM accreditations WHERE aeo_id = $1", key)
    factory = harbour.window.parties.act_as("enterprise", f"enterprise:{code}")
    assert codes(await asked(factory, "CERTIFICATE", aeo_id)) == ["PAPER_NOT_DUE"]
    await sql.execute(
        "UPDATE accreditations SET state = 'CERTIFIED', certificate = 'AEOCN' || enterprise_code,"
        " certified_on = '2026-11-26', review_due_on = '2031-11-26' WHERE aeo_id = $1",
        key,
    )
    paper = await issued(factory, "CERTIFICATE", aeo_id, "zh-CN")
    assert f"AEOCN{code}" in text_of(await fetched(factory, paper))
    await sql.execute(
        "UPDATE accreditations SET suspended_on = current_date WHERE aeo_id = $1", key
    )
    assert await stood(harbour, paper) == "REPLACED"


async def test_a_period_has_its_statement_when_it_is_closed(harbour: Harbour) -> None:
    book_id = await OPEN["bok"](harbour)
    sql, key = harbour.window.sql, case_uuid(book_id)
    code = await sql.fetchval("SELECT enterprise_code FROM books WHERE book_id = $1", key)
    factory = harbour.window.parties.act_as("enterprise", f"enterprise:{code}")
    assert codes(await asked(factory, "STATEMENT", book_id)) == ["PAPER_NOT_DUE"]
    await sql.execute(
        "INSERT INTO book_materials (book_id, material_hs, opening_kg, closing_kg)"
        " VALUES ($1, '08013100', 1000.5, 998.25)",
        key,
    )
    await sql.execute(
        "UPDATE books SET state = 'CLOSED', closed_at = now(), ended_on = period_from"
        " WHERE book_id = $1",
        key,
    )
    found = text_of(await fetched(factory, await issued(factory, "STATEMENT", book_id)))
    assert "080131001,000.5kg0kg0kg–0kg998.25kg2.25kg" in found


async def test_anybody_may_ask_for_a_standing_and_learns_nobody_s_name(harbour: Harbour) -> None:
    group = await harbour.group()
    lot_id = await harbour.accepted(group)
    paper = await issued(group.clerk, "RECEIPT", lot_id)
    number = paper["paper_no"]
    answers = [
        await standing(harbour, typed)
        for typed in (number, number.lower(), number.replace("-", ""))
    ]
    assert [answer.json() for answer in answers] == [
        {
            "paper_no": number,
            "kind": "RECEIPT",
            "port": harbour.port,
            "issued_on": paper["issued_at"][:10],
            "standing": "VALID",
            "digest": paper["digest"],
        }
    ] * 3
    for unknown in (uuid4().hex, "0", "../../etc/passwd", number[:-1], "x" * 32):
        assert (await standing(harbour, unknown)).status_code == 404
    content = bytearray(await fetched(group.clerk, paper))
    content[len(content) // 2] ^= 1
    assert hashlib.sha256(content).hexdigest() != answers[0].json()["digest"]
