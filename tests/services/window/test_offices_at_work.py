"""Offices' work: what another policy officer, registrar or officer of a port is to decide, and
whose name it was."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from deploy.sandbox.parties import Party
from services.kernel.identifiers import case_uuid
from tests.acts.registers import a_key, bank_filed
from tests.services.declaration.test_name_reports import decided, found, registrar, victim
from tests.services.window.test_work import WORK, waiting
from tests.support.harbour import Harbour, open_port
from tests.support.numbers import fresh
from tests.support.on_file import officers_as

LEVELS = "/accreditation/v1/credit-levels"
AEO = "/accreditation/v1/accreditations"


async def lists(two: tuple[Party, Party], case_id: str, **asked: Any) -> list[list[str]]:
    """What the one and the other read that this case waits for."""
    return [[code for _, code in await waiting(one, case_id, **asked)] for one in two]


async def item(party: Party, case_id: str) -> dict[str, Any]:
    items = (await party.get(WORK, limit=200))["items"]
    return next(one for one in items if one["case_id"] == case_id)


async def test_a_change_of_the_law_waits_for_every_policy_officer_but_whoever_proposed_it(
    harbour: Harbour,
) -> None:
    parties, sql = harbour.window.parties, harbour.window.sql
    author, other = await officers_as(parties, sql, "policy_officer")
    two = (author, other)
    proposal = {
        "key": "hushi.daily_quota_cny",
        "scope": await open_port(harbour.window),
        "value": "8000.00",
        "authority": "trial",
        "effective_from": "2096-01-01",
    }
    policy_id = str((await author.post("/law/v1/policy", proposal))["policy_id"])
    path = f"/law/v1/policy/{policy_id}"

    assert await lists(two, policy_id) == [[], ["POLICY_APPROVAL"]]
    shown = await item(other, policy_id)
    assert (shown["kind"], shown["state"]) == ("policy_parameter", "PROPOSED")
    assert (shown["reference"], shown["own"], shown["due_at"]) == (proposal["key"], False, None)
    assert await lists(two, policy_id, kind="risk_rule") == [[], []]
    assert await lists(two, policy_id, kind="policy_parameter") == [[], ["POLICY_APPROVAL"]]
    await other.sign(path, "approval", {})
    assert await lists(two, policy_id) == [[], []]
    # Whoever approved asks for the end: what counts is who took this first step.
    await other.sign(path, "revocation", {"grounds": "its notice is withdrawn"})
    assert await lists(two, policy_id) == [["POLICY_REVOCATION"], []]
    await author.sign(path, "revocation/decision", {"approve": False})
    assert await lists(two, policy_id) == [[], []]
    await author.sign(path, "revocation", {"grounds": "its notice is withdrawn"})
    assert await lists(two, policy_id) == [[], ["POLICY_REVOCATION"]]
    await other.sign(path, "revocation/decision", {"approve": True})
    assert await lists(two, policy_id) == [[], []]


async def test_what_a_registrar_proposed_waits_for_another_one(harbour: Harbour) -> None:
    two = (registrar(harbour, f"one-{uuid4().hex[:6]}"), registrar(harbour, uuid4().hex[:6]))
    line = {"hs_code": f"98{fresh(6)}", "name_zh": "货", "name_en": "Goods"}
    filed = await two[0].post("/law/v1/commodities", {"rows": [{**line, "perishable": False}]})
    filing_id = str(filed["filing_id"])
    account = {"seller_code": f"S-{uuid4().hex[:8]}", "name": "Cong ty", "country": "VN"}
    account |= {"bank_bic": "BFTVVNVX", "account": "0011000123456"}
    seller = await two[0].post("/registry/v1/sellers", {"rows": [account]})
    change_id = str(seller["filing_id"])

    assert await lists(two, filing_id) == [[], ["LIST_DECISION"]]
    assert await lists(two, change_id) == [[], ["CHANGE_DECISION"]]
    assert (await item(two[1], filing_id))["kind"] == "law_filing"
    assert (await item(two[1], change_id))["kind"] == "register_change"
    await two[1].sign(f"/law/v1/filings/{filing_id}", "decision", {"confirm": False})
    await two[1].sign(f"/registry/v1/changes/{change_id}", "decision", {"confirm": False})
    assert await lists(two, filing_id) == await lists(two, change_id) == [[], []]


async def test_a_key_that_a_registrar_proposed_for_a_bank_waits_for_another_one(
    harbour: Harbour,
) -> None:
    two = (registrar(harbour, f"one-{uuid4().hex[:6]}"), registrar(harbour, uuid4().hex[:6]))
    bic, wish = await bank_filed(harbour.window), {"public_key": a_key(), "overlap_hours": 1}
    proposed = await two[0].post(f"/registry/v1/banks/{bic}/keys", wish)
    key_id = str(proposed["key_id"])

    assert await lists(two, key_id) == [[], ["KEY_DECISION"]]
    assert await lists(two, key_id, kind="bank_key") == [[], ["KEY_DECISION"]]
    shown = await item(two[1], key_id)
    assert (shown["kind"], shown["state"], shown["reference"]) == ("bank_key", "PROPOSED", bic)
    await two[1].sign(f"/registry/v1/bank-keys/{key_id}", "decision", {"approve": False})
    assert await lists(two, key_id) == [[], []]


async def level_proposed(harbour: Harbour, officer: Party) -> tuple[str, str]:
    """A level that an officer proposes for a fresh group of the port; its id, and the party."""
    party = f"group:{(await harbour.group()).code}"
    body = {"party": party, "level": "DISHONEST", "grounds": "SMUGGLING"}
    return str((await officer.post(LEVELS, body))["credit_id"]), party


async def test_a_credit_level_waits_for_the_other_officers_of_the_partys_port(
    harbour: Harbour,
) -> None:
    here = Harbour(harbour.window, await open_port(harbour.window))
    ids = [await here.hire() for _ in range(3)]
    author, colleague, friend = map(here.officer, ids)
    elsewhere = harbour.officer(await harbour.hire())
    all_four = (author, colleague, friend, elsewhere)
    credit_id, party = await level_proposed(here, author)
    await harbour.window.sql.execute(
        "INSERT INTO conflicts (officer_id, party, declared_on) VALUES ($1, $2, '2026-01-01')",
        *(case_uuid(ids[2]), party),
    )

    waits = [["LEVEL_SIGNATURE"] if one is colleague else [] for one in all_four]
    read = [[code for _, code in await waiting(one, credit_id)] for one in all_four]
    assert read == waits
    shown = await item(colleague, credit_id)
    assert (shown["kind"], shown["state"], shown["port"]) == (
        *("credit_decision", "PROPOSED"),
        here.port,
    )
    assert (shown["reference"], shown["own"], shown["version"]) == (party, False, 1)
    for asked, number in (({"kind": "credit_decision"}, 1), ({"kind": "lot"}, 0)):
        assert len(await waiting(colleague, credit_id, **asked)) == number
    assert await waiting(colleague, credit_id, whose="team") == []
    assert {"kind": "credit_decision", "count": 1, "more": False} in (
        await colleague.get(WORK, limit=1)
    )["counts"]
    await colleague.post(f"{LEVELS}/{credit_id}/countersignature", {"agree": True})
    assert await waiting(colleague, credit_id) == []


async def test_levels_stand_among_the_work_of_a_port_and_each_is_read_once(
    harbour: Harbour,
) -> None:
    here = Harbour(harbour.window, await open_port(harbour.window))
    author, colleague = [here.officer(await here.hire()) for _ in range(2)]
    applied = await here.factory()
    case = await applied.post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    levels = [(await level_proposed(here, author))[0] for _ in range(3)]
    read: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await colleague.get(WORK, limit=2, **cursor)
        read += [one["case_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert sorted(read) == sorted([case["accreditation_id"], *levels])


async def test_a_report_on_a_name_waits_for_a_registrar_and_then_for_another(
    harbour: Harbour,
) -> None:
    one = await victim(harbour)
    report_id = await one.says()
    two = (registrar(harbour, "first"), registrar(harbour, "second"))

    assert await lists(two, report_id) == [["NAME_FINDING"]] * 2
    shown = await item(two[0], report_id)
    assert (shown["kind"], shown["state"], shown["port"]) == (
        "name_report",
        "REPORTED",
        harbour.port,
    )
    assert shown["due_at"] is not None
    (count,) = (
        count
        for count in (await two[0].get(WORK, limit=1))["counts"]
        if count["kind"] == "name_report"
    )
    assert count["count"] >= 1
    await found(harbour, report_id)
    assert await lists(two, report_id) == [[], ["NAME_DECISION"]]
    await decided(harbour, report_id, uphold=False)
    assert await lists(two, report_id) == [[], []]


async def test_registrars_read_their_work_page_by_page_what_is_due_first(harbour: Harbour) -> None:
    reader = registrar(harbour, f"reader-{uuid4().hex[:6]}")
    own = [await (await victim(harbour)).says() for _ in range(3)]
    read: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await reader.get(WORK, limit=2, **({} if cursor is None else {"cursor": cursor}))
        read += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    for report_id in own:
        await found(harbour, report_id)
        await decided(harbour, report_id, uphold=False)

    ids = [one["case_id"] for one in read]
    assert [one for one in ids if one in own] == own
    assert len(ids) == len(set(ids))
    due = [one["due_at"] for one in read if one["due_at"] is not None]
    assert due == sorted(due)
    assert all(one["due_at"] is None for one in read[len(due) :])
