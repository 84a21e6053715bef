"""A bank's work: what one of its persons entered by hand or wants ended waits for another one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from deploy.operate.backlog import backlog
from deploy.sandbox.parties import Party
from tests.acts.market import KYAT_BANK, KYAT_KEY
from tests.acts.registers import bank_filed
from tests.services.window.test_offices_at_work import item, lists
from tests.services.window.test_work import WORK, waiting
from tests.support.harbour import Harbour
from tests.support.on_file import rota_begun, signatory_file
from tests.support.one_day import today

ENTRIES = "/settlement/v1/screening-entries"
ROTA = "/market/v1/rota/absences"


async def persons(harbour: Harbour, bic: str, role: str, duty: str) -> tuple[Party, Party]:
    """Two persons whom a bank has on file for a duty."""
    parties, two = harbour.window.parties, []
    for _ in range(2):
        subject = f"{duty}-{uuid4().hex[:8]}"
        await signatory_file(harbour.window.sql, f"bank:{bic}", subject, duty)
        two.append(parties.act_as(role, f"bank:{bic}", subject=subject))
    return two[0], two[1]


async def on_rota(harbour: Harbour) -> None:
    """Another bank stands on the rota, so that somebody is left on duty."""
    bank = {"bic": KYAT_BANK, "name": "Test bank", "currencies": ["CNY", "MMK"], "rota_order": 77}
    await harbour.window.on_file("banks", {**bank, "public_key": KYAT_KEY.as_dict(private=False)})
    await rota_begun(harbour.window.sql)


async def age(harbour: Harbour, kind: str) -> float:
    assembly = harbour.window.assembly
    return (await backlog(assembly.database("relay"), assembly.database("window")))[kind]


async def test_the_ending_of_a_screening_entry_waits_for_another_person_of_the_bank(
    harbour: Harbour,
) -> None:
    bic, other_bic = [await bank_filed(harbour.window) for _ in range(2)]
    two = await persons(harbour, bic, "bank_compliance", "compliance")
    strangers = await persons(harbour, other_bic, "bank_compliance", "compliance")
    entry = {"list_name": "OWN", "reference": uuid4().hex, "kind": "NAME"}
    listed = await two[0].post(ENTRIES, {**entry, "value": f"Nobody {uuid4().hex}"})
    entry_id = str(listed["entry_id"])
    path = f"{ENTRIES}/{entry_id}"

    assert await lists(two, entry_id) == [[], []]
    await two[0].sign(path, "ending", {"remark": "the court has lifted it"})
    assert await lists(two, entry_id) == [[], ["ENTRY_ENDING"]]
    assert await lists(strangers, entry_id) == [[], []]
    shown = await item(two[1], entry_id)
    assert (shown["kind"], shown["state"]) == ("screening_entry", "ENDING")
    assert (shown["reference"], shown["own"], shown["version"]) == (entry["reference"], False, 2)
    assert {"kind": "screening_entry", "count": 1, "more": False} in (
        await two[1].get(WORK, limit=1)
    )["counts"]
    assert await waiting(two[1], entry_id, kind="settlement") == []
    assert await age(harbour, "entry_ending") > 0
    await two[1].sign(path, "ending", {"remark": "so it is"})
    assert await lists(two, entry_id) == [[], []]


async def entered(person: Party) -> dict[str, Any]:
    """A working day to come on which somebody says by hand that the bank does no duty."""
    for ahead in range(2, 20):
        day = {"absent_on": (today() + timedelta(days=ahead)).isoformat()}
        answer = await person.try_post(f"{ROTA}/by-hand", day)
        if answer.status_code == 201:
            return day
    raise AssertionError(answer.text)


async def absences(two: tuple[Party, Party]) -> list[list[str]]:
    return [[code for _, code in await waiting(one, kind="rota_absence")] for one in two]


async def offered(two: tuple[Party, Party]) -> list[list[str]]:
    """Which acts on the bank's day each is offered."""
    return [day["acts"] for one in two for day in (await one.get(ROTA))["items"]]


async def test_an_absence_entered_by_hand_waits_for_another_signatory_and_so_does_its_end(
    harbour: Harbour,
) -> None:
    bic, other_bic = [await bank_filed(harbour.window) for _ in range(2)]
    await on_rota(harbour)
    two = await persons(harbour, bic, "bank", "quotes")
    strangers = await persons(harbour, other_bic, "bank", "quotes")
    day = await entered(two[0])

    assert await absences(two) == [[], ["ABSENCE_WORD"]]
    assert await absences(strangers) == [[], []]
    assert await offered(two) == [["withdraw"], ["announce", "withdraw"]]
    (shown,) = (await two[1].get(WORK, kind="rota_absence"))["items"]
    assert (shown["state"], shown["reference"]) == ("ENTERED", day["absent_on"])

    assert shown["due_at"][:10] > day["absent_on"]
    assert await age(harbour, "absence_word") > 0
    await two[1].post(f"{ROTA}/by-hand", day)
    assert await absences(two) == [[], []]
    assert await offered(two) == [["withdraw"]] * 2
    await two[1].post(f"{ROTA}/withdrawal-by-hand", day)
    assert await absences(two) == [["ABSENCE_ENDING"], []]
    assert await offered(two) == [["withdraw"], []]
    await two[0].post(f"{ROTA}/withdrawal-by-hand", day)
    assert await absences(two) == [[], []]


async def test_an_absence_whose_day_is_over_waits_for_nobody(harbour: Harbour) -> None:
    bic = await bank_filed(harbour.window)
    await on_rota(harbour)
    two = await persons(harbour, bic, "bank", "quotes")
    await entered(two[0])
    assert await absences(two) == [[], ["ABSENCE_WORD"]]
    await harbour.window.sql.execute(
        "UPDATE bank_absences SET absent_on = $2 WHERE bank_bic = $1",
        *(bic, today() - timedelta(days=1)),
    )
    assert await absences(two) == [[], []]
