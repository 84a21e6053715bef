"""A case says which acts are open to its reader: what it says is taken, and all else is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from tests.acts.accreditation import (
    Case,
    certified_case,
    half_scored_case,
    open_case,
    proposed_case,
    running_case,
    scored_case,
    staffed_case,
)
from tests.support.accreditation import FAILED, MET, ROOT
from tests.support.asleep import Asleep
from tests.support.harbour import open_port
from tests.support.on_file import officer_filed, officer_knows
from tests.support.window import codes

G: Final = {"grounds": "sample"}
REQUESTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "accept": ("acceptance", {"accept": True}),
    "decline": ("acceptance", {"accept": False, "reason_code": "DOCUMENTS"}),
    "self_assess": ("self-assessment", {"marks": MET}),
    "withdraw": ("withdrawal", G),
    "extend": ("extension", G),
    "report": ("on-site-report", {"marks": MET, "opinion": "seen on site"}),
    "concur": ("on-site-report/countersignature", {"agree": True}),
    "send_back": ("on-site-report/countersignature", {"agree": False, "remark": "not so"}),
    "redraw": ("redraw", G),
    "decide": ("decision", {**G, "kind": "FAIL"}),
    "countersign": ("countersignature", {"agree": True}),
    "send_decision_back": ("countersignature", {"agree": False, "remark": "not so"}),
    "review": ("review", G),
}
"""Every act of a person on a case, as it is asked for."""
REFUSED: Final = (403, 404, 409)
BUILT: Final[dict[str, Callable[[Asleep], Awaitable[Case]]]] = {}


def stands(build: Callable[[Asleep], Awaitable[Case]]) -> Callable[[Asleep], Awaitable[Case]]:
    """A way in which a case may stand."""
    BUILT[build.__name__.removesuffix("_case")] = build
    return build


for one in (open_case, running_case, staffed_case, half_scored_case, scored_case, certified_case):
    stands(one)


@stands
async def assessed_case(asleep: Asleep) -> Case:
    """It waits for examiners to be drawn."""
    case = await running_case(asleep)
    await case.filed("self-assessment", {"marks": MET})
    return case


@stands
async def short_case(asleep: Asleep) -> Case:
    """One of its examiners has left, and another could be drawn."""
    case = await staffed_case(asleep)
    await asleep.harbour.dismiss((await case.seen())["examiners"][0])
    await asleep.harbour.hire()
    return case


@stands
async def passed_case(asleep: Asleep) -> Case:
    return await proposed_case(asleep, "CERTIFY")


@stands
async def dishonest_case(asleep: Asleep) -> Case:
    """Its enterprise became dishonest after its certificate was proposed."""
    case = await proposed_case(asleep, "CERTIFY")
    one, other = (asleep.harbour.officer(officer) for officer in (case.chief, case.deputy))
    credit = "/accreditation/v1/credit-levels"
    level = {"party": f"enterprise:{case.code}", "level": "DISHONEST", "grounds": "SMUGGLING"}
    proposed = await one.post(credit, level)
    await other.post(f"{credit}/{proposed['credit_id']}/countersignature", {"agree": True})
    return case


@stands
async def suspended_case(asleep: Asleep) -> Case:
    case = await certified_case(asleep)
    await case.signed(case.chief, "decision", {**G, "kind": "SUSPEND"})
    await case.signed(case.deputy, "countersignature", {"agree": True})
    return case


@stands
async def again_scored_case(asleep: Asleep) -> Case:
    """It is examined again, and failed by the report."""
    case = await certified_case(asleep)
    await case.signed(case.chief, "review", G)
    await asleep.attended(case.aeo_id)
    examiner, _ = (await case.seen())["examiners"]
    body = {"marks": FAILED, "opinion": "seen on site"}
    await case.signed(examiner, "on-site-report", body)
    return case


@stands
async def failed_case(asleep: Asleep) -> Case:
    case = await proposed_case(asleep, "FAIL", FAILED)
    await case.signed(case.deputy, "countersignature", {"agree": True})
    return case


@dataclass(frozen=True)
class Who:
    """Somebody who reads a case, by what he is to it."""

    case: Case

    async def chief(self) -> Party:
        """At the desk; he proposes decisions."""
        return await self._knows(self.case.chief)

    async def deputy(self) -> Party:
        return await self._knows(self.case.deputy)

    async def examiner(self) -> Party:
        """Drawn first; he made the report, where there is one."""
        examiners = (await self.case.seen())["examiners"]
        return self._officer(examiners[0]) if examiners else await self.newcomer()

    async def other(self) -> Party:
        examiners = (await self.case.seen())["examiners"]
        return self._officer(examiners[-1]) if examiners else await self.newcomer()

    async def newcomer(self) -> Party:
        """He has no skill."""
        return self._officer(await officer_filed(self.case.asleep.sql, self._port))

    async def away(self) -> Party:
        """Drawn, if anybody is; but away today."""
        examiners = (await self.case.seen())["examiners"]
        officer = examiners[0] if examiners else self.case.chief
        await officer_is_away(self.case.asleep, officer)
        return await self._knows(officer)

    async def interested(self) -> Party:
        """Drawn, if anybody is; but he has declared an interest since."""
        examiners = (await self.case.seen())["examiners"]
        officer = examiners[-1] if examiners else self.case.deputy
        await self.case.asleep.sql.execute(
            "INSERT INTO conflicts (officer_id, party, declared_on) VALUES ($1, $2, current_date)",
            uuid_of(officer, "ofc"),
            f"enterprise:{self.case.code}",
        )
        return await self._knows(officer)

    async def enterprise(self) -> Party:
        parties = self.case.asleep.harbour.window.parties
        return parties.act_as("enterprise", f"enterprise:{self.case.code}")

    async def auditor(self) -> Party:
        return self.case.asleep.harbour.auditor

    async def _knows(self, officer: str) -> Party:
        await officer_knows(self.case.asleep.sql, officer, "aeo", "inspection", "document")
        return self._officer(officer)

    def _officer(self, officer: str) -> Party:
        return self.case.asleep.harbour.officer(officer)

    @property
    def _port(self) -> str:
        return self.case.asleep.harbour.port


READERS: Final = (
    *("chief", "deputy", "examiner", "other", "newcomer", "away", "interested"),
    *("enterprise", "auditor"),
)


async def officer_is_away(asleep: Asleep, officer: str) -> None:
    """From today on, until somebody says otherwise."""
    await asleep.sql.execute(
        "INSERT INTO officer_duties (officer_id, duty, from_on) VALUES ($1, 'LEAVE', $2)",
        uuid_of(officer, "ofc"),
        business_day(datetime.now(UTC)),
    )


async def asked(case: Case, who: Party, act: str) -> httpx2.Response:
    """Somebody asks for an act, upon what he reads of the case."""
    path, body = REQUESTS[act]
    if act == "decide":
        shown = await case.seen()
        kinds = [kind for kind in shown["possible"] if kind.isupper()] or ["FAIL"]
        level = {"level": "ORDINARY"} if kinds[0] == "DOWNGRADE" else {}
        body = {**body, "kind": kinds[0], **level}
    return await who.try_post(f"{ROOT}/{case.aeo_id}/{path}", body)


@pytest.mark.proof(keep=15)
@pytest.mark.parametrize(("case", "reader"), list(product(BUILT, READERS)))
async def test_what_a_case_offers_is_taken_and_what_it_does_not_offer_is_refused(
    asleep: Asleep, case: str, reader: str
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=2))
    found = await BUILT[case](place)
    who = await getattr(Who(found), reader)()
    offered = (await who.get(f"{ROOT}/{found.aeo_id}"))["acts"]
    assert set(offered) <= set(REQUESTS)
    before = await place.harbour.events(found.aeo_id)
    for act in set(REQUESTS) - set(offered):
        refused = await asked(found, who, act)
        assert refused.status_code in REFUSED, (act, refused.text)
    assert [e for e in await place.harbour.events(found.aeo_id) if e != "ActRefused"] == before
    for act in offered:
        if act != offered[0]:
            place = asleep.at(await open_port(asleep.harbour.window, officers=2))
            found = await BUILT[case](place)
            who = await getattr(Who(found), reader)()
        taken = await asked(found, who, act)
        assert taken.is_success, (act, taken.text)


async def test_a_list_of_cases_says_nothing_of_acts_and_an_enterprise_nothing_of_what_is_inside(
    asleep: Asleep,
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=2))
    case = await staffed_case(place)
    enterprise = await Who(case).enterprise()
    path = f"{ROOT}/{case.aeo_id}"
    before = (await enterprise.get(path))["acts"]
    examiner, other = (await case.seen())["examiners"]
    report = {"marks": MET, "opinion": "seen on site"}
    assert await acts(place, examiner, path) == ["report", "extend"]
    await case.signed(examiner, "on-site-report", report)
    assert await acts(place, examiner, path) == ["extend"]
    assert await acts(place, other, path) == ["concur", "send_back", "extend"]
    assert (await enterprise.get(path))["acts"] == before == ["withdraw"]
    (listed,) = (await enterprise.get(ROOT))["items"]
    assert listed["acts"] is None


async def test_a_certificate_of_who_became_dishonest_is_offered_to_be_sent_back_alone(
    asleep: Asleep,
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=2))
    case = await dishonest_case(place)
    path = f"{ROOT}/{case.aeo_id}"
    assert await acts(place, case.deputy, path) == ["send_decision_back", "extend"]
    deputy = place.harbour.officer(case.deputy)
    refused = await deputy.try_post(f"{path}/countersignature", {"agree": True})
    assert codes(refused) == ["CREDIT_NOT_REPAIRED"]


@pytest.mark.parametrize(("case", "most"), [("half_scored", 7), ("passed", 7), ("open", 6)])
async def test_what_is_open_is_read_by_a_few_statements_and_not_for_each_case_of_a_list(
    asleep: Asleep, case: str, most: int
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=2))
    found = [await BUILT[case](place) for _ in range(2)]
    deputy = await Who(found[0]).deputy()
    with place.harbour.window.assembly.database("accreditation").watched() as sent:
        await deputy.get(f"{ROOT}/{found[0].aeo_id}")
    assert 1 < len(sent) <= most, sent
    with place.harbour.window.assembly.database("accreditation").watched() as sent:
        assert len((await deputy.get(ROOT))["items"]) == len(found)
    assert len(sent) == 1, sent


async def acts(place: Asleep, officer: str, path: str) -> list[str]:
    """Which acts on a case an officer of its port is told of."""
    return list((await place.harbour.officer(officer).get(path))["acts"])
