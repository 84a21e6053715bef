"""Cases in which what was decided was decided otherwise again, each by what happened in it."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import uuid4

from services.accreditation.domain.rules.score import standards_for
from services.kernel.identifiers import case_uuid
from tests.support.factory import P, factory_filed
from tests.support.facts import told
from tests.support.harbour import GREEN_GOODS, Harbour
from tests.support.on_file import officer_filed, officer_knows, officers_as
from tests.support.patience import LOOKS

AEO: Final = "/accreditation/v1/accreditations"
MARKS: Final = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
LEVELS: Final = "/accreditation/v1/credit-levels"


async def decided_anew(harbour: Harbour) -> dict[str, str]:
    """A case for each of these events, by its type."""
    examined = await examined_again(harbour)
    rules = [await ruled(harbour, approve=approve) for approve in (True, False)]
    closed = await alert_closed(harbour)
    return {
        **dict.fromkeys(("AccreditationClockExtended", "AccreditationClockRanOut"), examined),
        **dict.fromkeys(("OnSiteSentBack", "ReexaminationFellDue"), examined),
        **dict.fromkeys(("CertificateSuspended", "CertificateReinstated"), examined),
        **dict.fromkeys(("RiskRuleRetirementProposed", "RiskRuleRetired"), rules[0]),
        "RiskRuleKept": rules[1],
        "RiskRuleRejected": await rule_rejected(harbour),
        "AlertClosed": closed,
        "CreditLevelRefused": await level_refused(harbour),
    }


async def examined_again(harbour: Harbour) -> str:
    """Late and given time, sent back, certified, suspended and back in force; examined again."""
    window = harbour.window
    enterprise = await harbour.factory()
    desk = [await officer_filed(window.sql, harbour.port) for _ in range(2)]
    chief, deputy = map(harbour.officer, desk)
    for _ in range(2):
        await harbour.hire()
    applied = await enterprise.post(AEO, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    aeo_id = str(applied["accreditation_id"])
    path = f"{AEO}/{aeo_id}"
    await chief.post(f"{path}/acceptance", {"accept": True})
    await chief.post(f"{path}/extension", {"grounds": "more papers"})
    await ran_out(harbour, aeo_id)
    await enterprise.post(f"{path}/self-assessment", {"marks": MARKS})
    case = await until(harbour, path, "ON_SITE")
    examiner, other = map(harbour.officer, case["examiners"])
    for agree in (False, True):
        await examiner.post(f"{path}/on-site-report", {"marks": MARKS, "opinion": "seen"})
        word = {"agree": agree, "remark": "seen with him"}
        await other.post(f"{path}/on-site-report/countersignature", word)
    for officer in desk:
        await officer_knows(window.sql, officer, "aeo")
    for kind in ("CERTIFY", "SUSPEND", "REINSTATE", "SUSPEND"):
        await chief.post(f"{path}/decision", {"kind": kind, "grounds": "g"})
        await deputy.post(f"{path}/countersignature", {"agree": True})
    await chief.post(f"{path}/review", {"grounds": "complaints"})
    await until(harbour, path, "ON_SITE")
    return aeo_id


async def ran_out(harbour: Harbour, aeo_id: str) -> None:
    """The clock of a case runs out; its day is put back."""
    sql, case = harbour.window.sql, case_uuid(aeo_id)
    moved = "UPDATE accreditations SET due_on = due_on {} 1000 WHERE aeo_id = $1"
    await sql.execute(moved.format("-"), case)
    await told(sql, aeo_id)
    for _ in range(LOOKS):
        if "AccreditationClockRanOut" in await harbour.events(aeo_id):
            break
        await asyncio.sleep(0.05)
    await sql.execute(moved.format("+"), case)


async def until(harbour: Harbour, path: str, state: str) -> dict[str, Any]:
    """A case once it is in a state."""
    for _ in range(LOOKS):
        case: dict[str, Any] = await harbour.auditor.get(path)
        if case["state"] == state:
            return case
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} is {case['state']}, not {state}")


async def proposed(harbour: Harbour, **changes: Any) -> tuple[str, Any, Any]:
    """A rule that one officer proposed, and two officers."""
    author, second = await officers_as(harbour.window.parties, harbour.window.sql, "risk_officer")
    rule = {
        **{"code": f"R{uuid4().hex[:8].upper()}", "title": "test", "lane": "YELLOW"},
        **{"expression": f"hs_code == '{GREEN_GOODS}9'", "example": {"hs_code": f"{GREEN_GOODS}9"}},
        **{"authority": "test", "effective_from": "2098-01-01", **changes},
    }
    return str((await author.post("/risk/v1/rules", rule))["rule_id"]), author, second


async def ruled(harbour: Harbour, *, approve: bool) -> str:
    """A rule in force whose retirement one officer proposed, and another approved, or did not."""
    rule_id, author, second = await proposed(harbour)
    path = f"/risk/v1/rules/{rule_id}"
    await second.post(f"{path}/decision", {"approve": True})
    await author.post(f"{path}/retirement", {"ends_on": "2099-01-01", "grounds": "it is over"})
    await second.post(f"{path}/retirement/decision", {"approve": approve})
    return rule_id


async def rule_rejected(harbour: Harbour) -> str:
    """A rule that the second officer did not approve."""
    rule_id, _, second = await proposed(harbour)
    await second.post(f"/risk/v1/rules/{rule_id}/decision", {"approve": False})
    return rule_id


async def alert_closed(harbour: Harbour) -> str:
    """A book whose count was too short, and was accepted by an officer."""
    factory = await factory_filed(harbour.window)
    book_id = await factory.stocked_book(await harbour.window.group(1), "100")
    counted = (await factory.close(book_id, "0.200")).json()
    port = await harbour.window.sql.fetchval(
        "SELECT port FROM enterprises WHERE enterprise_code = $1", factory.code
    )
    badge = await officer_filed(harbour.window.sql, port)
    officer = harbour.window.parties.act_as("officer", f"officer:{badge}", port=port)
    for alert_id in counted["alerts"]:
        word = {"resolution": "ACCEPT", "reason": "moisture lost on the way"}
        await officer.post(f"{P}/alerts/{alert_id}/closing", word)
    return book_id


async def level_refused(harbour: Harbour) -> str:
    """A level that the second officer did not sign."""
    group = await harbour.group(1)
    first, second = [harbour.officer(await harbour.hire()) for _ in range(2)]
    body = {"party": f"group:{group.code}", "level": "DISHONEST", "grounds": "SMUGGLING"}
    credit_id = str((await first.post(LEVELS, body))["credit_id"])
    await second.post(f"{LEVELS}/{credit_id}/countersignature", {"agree": False, "remark": "no"})
    return credit_id
