"""One accreditation with everybody who acts on it, each by HTTP."""

from __future__ import annotations

from typing import Any

from deploy.sandbox.parties import Party
from services.accreditation.domain.rules.score import standards_for
from services.kernel.identifiers import show
from tests.support.inspection import Office

MET = dict.fromkeys(sorted(standards_for(())), "MET")
FAILED = {**MET, "FI-1": "NOT_MET"}
ROOT = "/accreditation/v1/accreditations"


class Case:
    """One accreditation with everybody who acts on it."""

    def __init__(
        self,
        office: Office,
        port: str,
        code: str,
        enterprise: Any,
        aeo_id: str,
        desk: tuple[Party, Party],
    ) -> None:
        self.office, self.port, self.code = office, port, code
        self.enterprise, self.aeo_id = enterprise, aeo_id
        self.path = f"{ROOT}/{aeo_id}"
        self.chief, self.deputy = desk

    async def seen(self, state: str | None = None, **also: Any) -> dict[str, Any]:
        case = await self.office.until(self.path, state, **also)
        if case["state"] in ("ON_SITE", "SCORED"):
            await self._to_the_desk(case["examiners"])
        return case

    async def _to_the_desk(self, examiners: list[str]) -> None:
        """From here on two officers who know accreditation and do not examine decide."""
        found = await self.office.sql.fetch(
            "SELECT officer_id FROM officers WHERE port = $1 AND active AND 'aeo' = ANY (skills)"
            " ORDER BY officer_id",
            self.port,
        )
        able = [show("ofc", row["officer_id"]) for row in found]
        free = [officer for officer in able if officer not in examiners]
        if len(free) > 1:
            self.chief, self.deputy = (self.office.officer(o, self.port) for o in free[:2])

    async def accepted(self) -> dict[str, Any]:
        return await self.chief.post(f"{self.path}/acceptance", {"accept": True})

    async def on_site(self) -> dict[str, Any]:
        await self.enterprise.post(f"{self.path}/self-assessment", {"marks": MET})
        return await self.seen("ON_SITE")

    async def reported(self, marks: dict[str, str] | None = None) -> dict[str, Any]:
        """Scored by one examiner and agreed to by the other."""
        await self.scored(marks)
        return await self.concurred()

    async def scored(self, marks: dict[str, str] | None = None) -> dict[str, Any]:
        examiner, _ = await self.examiners()
        body = {"marks": marks or MET, "opinion": "seen on site"}
        return await examiner.post(f"{self.path}/on-site-report", body)

    async def concurred(self, *, agree: bool = True) -> dict[str, Any]:
        _, other = await self.examiners()
        path = f"{self.path}/on-site-report/countersignature"
        return await other.post(path, {"agree": agree, "remark": "so" if agree else "not so"})

    async def examiners(self) -> tuple[Party, Party]:
        """The two drawn, the one who scores first."""
        one, other = (await self.seen())["examiners"]
        return self.office.officer(one, self.port), self.office.officer(other, self.port)

    async def decided(self, kind: str, **more: Any) -> dict[str, Any]:
        await self.chief.post(f"{self.path}/decision", {"kind": kind, "grounds": "g", **more})
        return await self.deputy.post(f"{self.path}/countersignature", {"agree": True})

    async def certified(self) -> dict[str, Any]:
        await self.accepted()
        await self.on_site()
        await self.reported()
        return await self.decided("CERTIFY")


async def applied(office: Office, *, officers: int = 4, level: str = "ADVANCED") -> Case:
    port = await office.port(officers=officers, rate="0.05")
    code, enterprise = await office.enterprise(port)
    case = await enterprise.post(ROOT, {"level": level})
    desk = await office.clerk(port), await office.clerk(port)
    return Case(office, port, code, enterprise, case["accreditation_id"], desk)
