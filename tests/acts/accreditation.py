"""Acts on an accreditation, each by whoever may take it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any, Final
from uuid import uuid4

from temporalio.client import Client
from temporalio.service import RPCError

from services.kernel.clock import business_day
from tests.acts.asked import Asked, Builder
from tests.support.accreditation import FAILED, MET, ROOT
from tests.support.asleep import Asleep, ended
from tests.support.on_file import enterprise_filed, officer_filed, officer_knows
from tests.support.patience import sooner_or_later
from workflows.search_attributes import STATE

Follows = Callable[[Asleep], Awaitable[object]]
REASONS: Final = ({"grounds": "sample"}, {"grounds": "another"})
ACCEPTED: Final = {"accept": True}
DECLINED: Final = {"accept": False, "reason_code": "DOCUMENTS"}
SIGNED: Final = ({"agree": True}, {"agree": False, "remark": "not so"})


@dataclass(frozen=True)
class Case:
    """One enterprise's case, and the two officers at the desk, who are not drawn."""

    asleep: Asleep
    code: str
    aeo_id: str
    chief: str
    deputy: str

    async def seen(self) -> dict[str, Any]:
        """The case as an auditor sees it."""
        return await self.asleep.harbour.auditor.get(f"{ROOT}/{self.aeo_id}")

    async def filed(self, act: str, body: Mapping[str, Any]) -> None:
        """The enterprise has acted."""
        parties = self.asleep.harbour.window.parties
        enterprise = parties.act_as("enterprise", f"enterprise:{self.code}")
        await enterprise.post(f"{ROOT}/{self.aeo_id}/{act}", body)

    async def signed(self, officer: str, act: str, body: Mapping[str, Any]) -> None:
        """An officer has acted."""
        await self.asleep.harbour.officer(officer).post(f"{ROOT}/{self.aeo_id}/{act}", body)

    def by_enterprise(
        self, act: str, bodies: tuple[Any, Any], *events: str, follows: Follows | None = None
    ) -> Asked:
        """What the enterprise asks for."""
        party, path = f"enterprise:{self.code}", f"{ROOT}/{self.aeo_id}/{act}"
        return Asked("enterprise", party, path, *bodies, events, follows=follows)

    def by_officer(
        self,
        officer: str,
        act: str,
        bodies: tuple[Any, Any],
        *events: str,
        follows: Follows | None = None,
    ) -> Asked:
        """What an officer asks for."""
        party, path = f"officer:{officer}", f"{ROOT}/{self.aeo_id}/{act}"
        port = self.asleep.harbour.port
        return Asked("officer", party, path, *bodies, events, port=port, follows=follows)

    def becomes(self, state: str) -> Follows:
        """The case is in a state."""

        async def until(_: Asleep) -> object:
            async def there() -> bool:
                return bool((await self.seen())["state"] == state)

            return await sooner_or_later(there)

        return until

    def rings(self, day: str, *, after: int = 0) -> Follows:
        """The case's workflow is to look again so many days after a day that the record names."""

        async def until(asleep: Asleep) -> object:
            at = date.fromisoformat((await self.seen())[day]) + timedelta(days=after)
            client = await asleep.engine()

            async def there() -> bool:
                return await last_alarm(client, self.aeo_id) == at

            return await sooner_or_later(there)

        return until

    def ends(self, state: str) -> Follows:
        """The case's workflow has ended as the record has."""

        async def until(asleep: Asleep) -> object:
            assert await ended(await asleep.engine(), self.aeo_id) == state
            return state

        return until


async def started(case: Case) -> Case:
    """The same with its workflow where the record stands: from here only a tell moves it on."""
    async with case.asleep.awake():
        await looked(case.asleep, case.aeo_id, (await case.seen())["state"])
    return case


async def last_alarm(client: Client, aeo_id: str) -> date | None:
    """The Beijing day in whose first instant the timer rings that a workflow set last."""
    alarm = None
    async for event in client.get_workflow_handle(aeo_id).fetch_history_events():
        if event.HasField("timer_started_event_attributes"):
            length = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            alarm = event.event_time.ToDatetime(UTC) + length + timedelta(minutes=1)
    return None if alarm is None else business_day(alarm)


async def looked(asleep: Asleep, aeo_id: str, state: str) -> object:
    """The engine's console shows a case in a state: it does so when the case has looked."""
    client = await asleep.engine()

    async def shown() -> bool:
        with contextlib.suppress(RPCError):
            case = await client.get_workflow_handle(aeo_id).describe()
            return case.typed_search_attributes.get(STATE) == state
        return False

    return await sooner_or_later(shown)


async def open_case(asleep: Asleep) -> Case:
    """A case that waits to be accepted."""
    code = await enterprise_filed(asleep.sql, asleep.harbour.port)
    enterprise = asleep.harbour.window.parties.act_as("enterprise", f"enterprise:{code}")
    aeo_id = (await enterprise.post(ROOT, {"level": "ADVANCED"}))["accreditation_id"]
    chief, deputy = [await officer_filed(asleep.sql, asleep.harbour.port) for _ in range(2)]
    return Case(asleep, code, aeo_id, chief, deputy)


async def running_case(asleep: Asleep) -> Case:
    """A case whose decision clock runs."""
    case = await open_case(asleep)
    await case.signed(case.chief, "acceptance", ACCEPTED)
    return case


async def staffed_case(asleep: Asleep) -> Case:
    """A case whose examiners are drawn."""
    case = await running_case(asleep)
    await case.filed("self-assessment", {"marks": MET})
    await asleep.attended(case.aeo_id)
    return case


async def half_scored_case(asleep: Asleep, marks: Mapping[str, str] = MET) -> Case:
    """A case that one examiner has reported on."""
    case = await staffed_case(asleep)
    examiner, _ = (await case.seen())["examiners"]
    await case.signed(examiner, "on-site-report", {"marks": marks, "opinion": "seen on site"})
    return case


async def scored_case(asleep: Asleep, marks: Mapping[str, str] = MET) -> Case:
    """A case that both examiners have reported on, before officers who know the matter."""
    case = await half_scored_case(asleep, marks)
    _, other = (await case.seen())["examiners"]
    await case.signed(other, "on-site-report/countersignature", {"agree": True})
    for officer in (case.chief, case.deputy):
        await officer_knows(asleep.sql, officer, "aeo")
    return case


async def proposed_case(asleep: Asleep, kind: str, marks: Mapping[str, str] = MET) -> Case:
    """A case whose decision waits for the second signature."""
    case = await scored_case(asleep, marks)
    await case.signed(case.chief, "decision", {"kind": kind, "grounds": "sample"})
    return case


async def certified_case(asleep: Asleep) -> Case:
    """A case that has led to a certificate."""
    case = await proposed_case(asleep, "CERTIFY")
    await case.signed(case.deputy, "countersignature", {"agree": True})
    return case


async def applied(asleep: Asleep) -> Asked:
    party = f"enterprise:{await enterprise_filed(asleep.sql, asleep.harbour.port)}"
    reference = uuid4().hex
    body = {"level": "ADVANCED", "reference": reference}

    async def waits_to_be_accepted(asleep: Asleep) -> object:
        (case,) = (await asleep.harbour.auditor.get(ROOT, reference=reference))["items"]
        return await looked(asleep, case["accreditation_id"], "APPLIED")

    other = {**body, "reference": uuid4().hex}
    events = ("AccreditationApplied",)
    return Asked("enterprise", party, ROOT, body, other, events, follows=waits_to_be_accepted)


async def accepted(asleep: Asleep) -> Asked:
    case = await started(await open_case(asleep))
    return case.by_officer(
        *(case.chief, "acceptance", (ACCEPTED, DECLINED)),
        "AccreditationAccepted",
        follows=case.rings("due_on", after=1),
    )


async def declined(asleep: Asleep) -> Asked:
    case = await started(await open_case(asleep))
    return case.by_officer(
        *(case.chief, "acceptance", (DECLINED, ACCEPTED)),
        "AccreditationDeclined",
        follows=case.ends("DECLINED"),
    )


async def extended(asleep: Asleep) -> Asked:
    case = await started(await running_case(asleep))
    return case.by_officer(
        *(case.chief, "extension", REASONS),
        "AccreditationClockExtended",
        follows=case.rings("due_on", after=1),
    )


async def withdrawn(asleep: Asleep) -> Asked:
    case = await started(await running_case(asleep))
    return case.by_enterprise(
        *("withdrawal", REASONS), "AccreditationWithdrawn", follows=case.ends("WITHDRAWN")
    )


async def self_assessed(asleep: Asleep) -> Asked:
    """Examiners are drawn for the visit as soon as somebody is at work."""
    case = await started(await running_case(asleep))
    return case.by_enterprise(
        *("self-assessment", ({"marks": MET}, {"marks": FAILED})),
        "SelfAssessmentFiled",
        follows=case.becomes("ON_SITE"),
    )


async def reported(asleep: Asleep) -> Asked:
    """Nothing follows: the case waits for the next person, and its clock runs on."""
    case = await staffed_case(asleep)
    examiner, _ = (await case.seen())["examiners"]
    body = {"marks": MET, "opinion": "seen on site"}
    other = {**body, "marks": FAILED}
    return case.by_officer(examiner, "on-site-report", (body, other), "OnSiteReported")


async def concurred(asleep: Asleep) -> Asked:
    """Nothing follows: the case waits for the next person."""
    case = await half_scored_case(asleep)
    _, other = (await case.seen())["examiners"]
    return case.by_officer(other, "on-site-report/countersignature", SIGNED, "OnSiteConcurred")


async def scored_again(asleep: Asleep) -> Asked:
    """Nothing follows: the inspection is scored again."""
    case = await half_scored_case(asleep)
    _, other = (await case.seen())["examiners"]
    agreed, refused = SIGNED
    path = "on-site-report/countersignature"
    return case.by_officer(other, path, (refused, agreed), "OnSiteSentBack")


async def redrawn(asleep: Asleep) -> Asked:
    """Nothing follows: another examiner stands beside the one who stays."""
    case = await staffed_case(asleep)
    gone, stays = (await case.seen())["examiners"]
    await asleep.harbour.dismiss(gone)
    await asleep.harbour.hire()
    return case.by_officer(stays, "redraw", REASONS, "ExaminersDrawn")


async def decided(asleep: Asleep) -> Asked:
    """Nothing follows before the second signature."""
    case = await scored_case(asleep)
    body = {"kind": "CERTIFY", "grounds": "sample"}
    other = {**body, "kind": "FAIL"}
    return case.by_officer(case.chief, "decision", (body, other), "AccreditationDecisionProposed")


async def certified(asleep: Asleep) -> Asked:
    """The case watches for the day of the re-examination from now on."""
    case = await started(await proposed_case(asleep, "CERTIFY"))
    return case.by_officer(
        *(case.deputy, "countersignature", SIGNED),
        *("EnterpriseCertified", "CreditLevelDecided"),
        follows=case.rings("review_due_on"),
    )


async def failed(asleep: Asleep) -> Asked:
    case = await started(await proposed_case(asleep, "FAIL", FAILED))
    return case.by_officer(
        *(case.deputy, "countersignature", SIGNED),
        "AccreditationFailed",
        follows=case.ends("FAILED"),
    )


async def downgraded(asleep: Asleep) -> Asked:
    """A certificate is revoked, and the level with it."""
    case = await certified_case(asleep)
    body = {"kind": "DOWNGRADE", "level": "ORDINARY", "grounds": "sample"}
    await case.signed(case.chief, "decision", body)
    await started(case)
    return case.by_officer(
        *(case.deputy, "countersignature", SIGNED),
        *("CertificateRevoked", "CreditLevelDecided"),
        follows=case.ends("DOWNGRADED"),
    )


async def sent_back(asleep: Asleep) -> Asked:
    """Nothing follows: the first officer decides again."""
    case = await proposed_case(asleep, "CERTIFY")
    agreed, refused = SIGNED
    return case.by_officer(
        *(case.deputy, "countersignature", (refused, agreed)), "AccreditationDecisionSentBack"
    )


async def reviewed(asleep: Asleep) -> Asked:
    """Examiners are drawn again as soon as somebody is at work."""
    case = await started(await certified_case(asleep))
    return case.by_officer(
        *(case.chief, "review", REASONS), "ReexaminationFellDue", follows=case.becomes("ON_SITE")
    )


_CASE: Final = f"POST {ROOT}/{{accreditation_id}}"
ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {ROOT}": (applied,),
    f"{_CASE}/acceptance": (accepted, declined),
    f"{_CASE}/extension": (extended,),
    f"{_CASE}/withdrawal": (withdrawn,),
    f"{_CASE}/self-assessment": (self_assessed,),
    f"{_CASE}/on-site-report": (reported,),
    f"{_CASE}/on-site-report/countersignature": (concurred, scored_again),
    f"{_CASE}/redraw": (redrawn,),
    f"{_CASE}/decision": (decided,),
    f"{_CASE}/countersignature": (certified, failed, downgraded, sent_back),
    f"{_CASE}/review": (reviewed,),
}
