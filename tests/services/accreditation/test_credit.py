"""Who decides on a party's credit level: two officers of its port with no interest in it, who both
read upon which numbers."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.accreditation.domain.rules.credit import Grounds, is_no_milder
from services.kernel.credit_level import CreditLevel
from services.kernel.identifiers import new_id, uuid_of
from tests.support.inspection import Office
from tests.support.window import codes

LEVELS = "/accreditation/v1/credit-levels"
SMUGGLED = {"level": "DISHONEST", "grounds": "SMUGGLING"}
YEAR = {"count": 12, "documents": 9000, "fines": "1200000.00", "is_broker": False}
READ = {**YEAR, "fines": {"amount": "1200000.00", "currency": "CNY"}}


async def filed(office: Office) -> tuple[str, str]:
    """A port, and an enterprise that is on file there."""
    port = await office.port(officers=0)
    code, _ = await office.enterprise(port)
    return port, f"enterprise:{code}"


async def proposed(officer: Party, party: str, **body: Any) -> str:
    """A proposed level; where it is signed."""
    answer = await officer.post(LEVELS, {"party": party, **SMUGGLED, **body})
    return f"{LEVELS}/{answer['credit_id']}"


async def signs(officer: Party, path: str, *, agree: bool = True) -> httpx2.Response:
    """An officer signs a level, or refuses it."""
    body = {"agree": True} if agree else {"agree": False, "remark": "not so"}
    return await officer.try_post(f"{path}/countersignature", body)


@pytest.mark.parametrize("kind", ["enterprise", "group"])
async def test_an_officer_of_another_port_neither_proposes_nor_signs_nor_refuses_a_level(
    office: Office, kind: str
) -> None:
    port, party = await filed(office)
    if kind == "group":
        party = f"group:{port}"
        await office.sql.execute(
            "INSERT INTO groups (group_code, name, kind, port, code_key)"
            " VALUES ($1, $1, 'mutual_aid', $1, $1)",
            port,
        )
    stranger = await office.clerk(await office.port(officers=0))
    elsewhere = await stranger.try_post(LEVELS, {"party": party, **SMUGGLED})
    path = await proposed(await office.clerk(port), party)
    refused = [elsewhere, *[await signs(stranger, path, agree=agree) for agree in (True, False)]]

    for answer in refused:
        assert (answer.status_code, codes(answer)) == (403, ["FORBIDDEN"])
        assert answer.json()["errors"][0]["rule"] == "CREDIT-PORT"
    assert (await office.auditor.get(path))["state"] == "PROPOSED"
    assert (await signs(await office.clerk(port), path)).json()["state"] == "IN_FORCE"


async def test_an_officer_with_an_interest_in_a_party_neither_proposes_nor_signs_its_level(
    office: Office,
) -> None:
    port, party = await filed(office)
    friend_id = await office.hire(port, ())
    friend = office.officer(friend_id, port)
    path = await proposed(await office.clerk(port), party)
    await office.conflict(friend_id, party)
    refused = [await signs(friend, path, agree=agree) for agree in (True, False)]
    assert (await signs(await office.clerk(port), path, agree=False)).status_code == 200
    refused.append(await friend.try_post(LEVELS, {"party": party, **SMUGGLED}))

    for answer in refused:
        assert (answer.status_code, codes(answer)) == (403, ["OFFICER_NOT_ELIGIBLE"])
    levels = await office.auditor.get(LEVELS, party=party)
    assert [level["state"] for level in levels["items"]] == ["REFUSED"]


async def test_officers_of_any_port_decide_on_a_resident_who_is_on_file_at_none(
    office: Office,
) -> None:
    resident = new_id("res")
    await office.sql.execute(
        "INSERT INTO residents (resident_id, resident_no_hash, sealed) VALUES ($1, $2, '')",
        *(uuid_of(resident, "res"), resident.encode()),
    )
    one, other = [await office.clerk(await office.port(officers=0)) for _ in range(2)]
    path = await proposed(one, f"resident:{resident}")
    assert (await signs(other, path)).json()["state"] == "IN_FORCE"


async def test_the_numbers_upon_which_a_level_is_proposed_are_read_by_whoever_signs_it(
    office: Office,
) -> None:
    port = await office.port(officers=0)
    code, enterprise = await office.enterprise(port)
    party, author, signer = f"enterprise:{code}", await office.clerk(port), await office.clerk(port)
    why = {"grounds": "VIOLATIONS", "violations": YEAR}
    made = await author.post(LEVELS, {"party": party, "level": "DISHONEST", **why})
    path = f"{LEVELS}/{made['credit_id']}"
    listed = await signer.get(LEVELS, party=party)
    read = [made, await signer.get(path), await office.auditor.get(path), *listed["items"]]

    assert [level["violations"] for level in read] == [READ] * 4
    assert (await enterprise.get(LEVELS))["items"] == []
    await signs(signer, path)
    (told,) = (await enterprise.get(LEVELS))["items"]
    assert (told["level"], told["violations"], told["author"]) == ("DISHONEST", READ, "customs")


async def test_w21_what_the_law_asks_is_asked_again_on_the_day_of_the_signature(
    office: Office,
) -> None:
    port, party = await filed(office)
    author, signer = await office.clerk(port), await office.clerk(port)
    why = {"grounds": "VIOLATIONS", "violations": YEAR}
    path = await proposed(author, party, **why)
    # Exactly at the limit is not over it, whatever was over it when it was proposed.
    await office.sql.execute(
        "UPDATE credit_decisions SET facts = facts || $2 WHERE credit_id = $1",
        *(uuid_of(path.rpartition("/")[2], "crd"), '{"documents": 12000}'),
    )
    assert (await signer.get(path))["acts"] == ["refuse"]
    refused = await signs(signer, path)

    assert (refused.status_code, codes(refused)) == (409, ["GROUNDS_INSUFFICIENT"])
    assert refused.json()["errors"][0]["rule"] == "CREDIT-GROUNDS"
    assert (await office.auditor.get(path))["state"] == "PROPOSED"
    assert (await signs(signer, path, agree=False)).json()["state"] == "REFUSED"


async def test_a_seriously_dishonest_party_is_not_declared_dishonest_instead(
    office: Office,
) -> None:
    port, party = await filed(office)
    author, signer = await office.clerk(port), await office.clerk(port)
    path = await proposed(author, party, level="SERIOUSLY_DISHONEST")
    assert (await signs(signer, path)).json()["state"] == "IN_FORCE"
    for grounds in ({"grounds": "SMUGGLING"}, {"grounds": "VIOLATIONS", "violations": YEAR}):
        body = {"party": party, "level": "DISHONEST", **grounds}
        refused = await author.try_post(LEVELS, body)
        assert (refused.status_code, codes(refused)) == (409, ["GROUNDS_INSUFFICIENT"])
        (error,) = refused.json()["errors"]
        assert error["rule"] == "CREDIT-MILDER"
        assert "SERIOUSLY_DISHONEST" not in error["detail"]
    harsh = await proposed(author, party, level="SERIOUSLY_DISHONEST", grounds="ARREARS")
    assert (await signs(signer, harsh)).json()["level"] == "SERIOUSLY_DISHONEST"


async def test_acts_on_a_level_are_told_to_whoever_may_sign_it_and_to_nobody_else(
    office: Office,
) -> None:
    port, party = await filed(office)
    author, signer = await office.clerk(port), await office.clerk(port)
    stranger = await office.clerk(await office.port(officers=0))
    friend_id = await office.hire(port, ())
    await office.conflict(friend_id, party)
    path = await proposed(author, party)

    assert (await signer.get(path))["acts"] == ["countersign", "refuse"]
    for other in (author, stranger, office.officer(friend_id, port), office.auditor):
        assert (await other.get(path))["acts"] == []
    (listed,) = (await signer.get(LEVELS, party=party))["items"]
    assert listed["acts"] is None
    await signs(signer, path)
    assert (await signer.get(path))["acts"] == []


async def test_who_proposed_a_level_does_not_sign_it_and_is_told_by_which_rule(
    office: Office,
) -> None:
    port, party = await filed(office)
    author = await office.clerk(port)
    refused = await signs(author, await proposed(author, party))
    assert codes(refused) == ["SAME_PERSON"]
    assert refused.json()["errors"][0]["rule"] == "CREDIT-SECOND"


async def test_a_second_proposal_is_told_which_one_waits(office: Office) -> None:
    port, party = await filed(office)
    path = await proposed(await office.clerk(port), party)
    again = await (await office.clerk(port)).try_post(LEVELS, {"party": party, **SMUGGLED})
    (error,) = again.json()["errors"]
    credit_id = path.rpartition("/")[2]
    assert (error["code"], error["facts"]) == ("CREDIT_PENDING", {"case_id": credit_id})
    assert credit_id in error["detail"]


async def test_a_level_on_other_grounds_than_violations_names_no_numbers(office: Office) -> None:
    port, party = await filed(office)
    path = await proposed(await office.clerk(port), party)
    assert (await office.auditor.get(path))["violations"] is None


def test_what_is_milder_than_what_stands_is_had_by_repair_alone() -> None:
    worst, bad = CreditLevel.SERIOUSLY_DISHONEST, CreditLevel.DISHONEST
    for grounds in set(Grounds) - {Grounds.REPAIRED}:
        assert is_no_milder(bad, grounds, worst) is not None
        for level, stands in ((worst, bad), (worst, worst), (bad, bad), (bad, None)):
            assert is_no_milder(level, grounds, stands) is None
    assert is_no_milder(CreditLevel.ORDINARY, Grounds.REPAIRED, worst) is None
