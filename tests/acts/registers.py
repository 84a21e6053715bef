"""Acts that open no case: what is filed, proposed and approved."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from services.inspection.domain.rules.score import standards_for
from tests.acts.asked import Asked, Builder, sampled
from tests.architecture.routes import sample_requests
from tests.support.asleep import Asleep
from tests.support.officers import officer_filed

R: Final = "POST /registry/v1"
I: Final = "POST /inspection/v1"  # noqa: E741
MET: Final = dict.fromkeys(sorted(standards_for(())), "MET")


def by_officer(
    route: str, role: str, *events: str, change: dict[str, Any], **changes: Any
) -> Builder:
    """A sampled act of an officer on file."""

    async def asked(asleep: Asleep) -> Asked:
        port = asleep.harbour.port
        officer = await officer_filed(asleep.sql, port)
        body = {**sample_requests()[route], **changes}
        path = route.removeprefix("POST ")
        who = (role, f"officer:{officer}", path)
        return Asked(*who, body, {**body, **change}, events, port=port)

    return asked


async def made_by_another(asleep: Asleep, route: str, role: str, **changes: Any) -> dict[str, Any]:
    """What another officer on file has proposed; the answer."""
    asked = await by_officer(route, role, change={}, **changes)(asleep)
    answer = await asked.sent(asleep)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def rule_decided(asleep: Asleep) -> Asked:
    code = f"R{uuid4().hex[:8].upper()}"
    rule = await made_by_another(asleep, f"{I}/risk-rules", "risk_officer", code=code)
    return await second(
        asleep,
        f"/inspection/v1/risk-rules/{rule['rule_id']}/decision",
        "risk_officer",
        "RiskRuleApproved",
        bodies=({"approve": True}, {"approve": False}),
    )


async def control_lifted(asleep: Asleep) -> Asked:
    control = await made_by_another(asleep, f"{I}/risk-controls", "risk_officer", value=uuid4().hex)
    return await second(
        asleep,
        f"/inspection/v1/risk-controls/{control['control_id']}/lift",
        "risk_officer",
        "RiskControlLifted",
        bodies=({}, {}),
    )


async def credit_signed(asleep: Asleep) -> Asked:
    enterprise = f"enterprise:{uuid4().int % 10**10:010d}"
    level = await made_by_another(asleep, f"{I}/credit-levels", "officer", party=enterprise)
    return await second(
        asleep,
        f"/inspection/v1/credit-levels/{level['credit_id']}/countersignature",
        "officer",
        "CreditLevelDecided",
        bodies=({"agree": True}, {"agree": False, "remark": "not so"}),
    )


async def policy_approved(asleep: Asleep) -> Asked:
    day = f"20{40 + uuid4().int % 50}-01-01"
    proposed = await made_by_another(asleep, f"{R}/policy", "policy_officer", effective_from=day)
    return await second(
        asleep,
        f"/registry/v1/policy/{proposed['policy_id']}/approval",
        "policy_officer",
        "PolicyApproved",
        bodies=({}, {}),
    )


async def second(
    asleep: Asleep,
    path: str,
    role: str,
    event: str,
    *,
    bodies: tuple[dict[str, Any], dict[str, Any]],
) -> Asked:
    """The second officer's half of an act."""
    port = asleep.harbour.port
    officer = await officer_filed(asleep.sql, port)
    return Asked(role, f"officer:{officer}", path, *bodies, (event,), port=port)


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"{R}/residents": (sampled(f"{R}/residents"),),
    f"{R}/groups": (sampled(f"{R}/groups"),),
    f"{R}/memberships": (sampled(f"{R}/memberships"),),
    f"{R}/enterprises": (sampled(f"{R}/enterprises"),),
    f"{R}/processing-filings": (sampled(f"{R}/processing-filings"),),
    f"{R}/officers": (sampled(f"{R}/officers"),),
    f"{R}/conflicts": (sampled(f"{R}/conflicts"),),
    f"{R}/banks": (sampled(f"{R}/banks"),),
    f"{R}/sellers": (sampled(f"{R}/sellers"),),
    f"{R}/ports": (sampled(f"{R}/ports"),),
    f"{R}/goods-restrictions": (sampled(f"{R}/goods-restrictions"),),
    f"{R}/commodities": (sampled(f"{R}/commodities"),),
    f"{R}/vehicles": (sampled(f"{R}/vehicles", role="carrier", party="carrier:C1"),),
    f"{R}/policy": (
        by_officer(f"{R}/policy", "policy_officer", "PolicyProposed", change={"value": "9000"}),
    ),
    f"{R}/policy/{{policy_id}}/approval": (policy_approved,),
    f"{I}/risk-rules": (
        by_officer(f"{I}/risk-rules", "risk_officer", "RiskRuleProposed", change={"lane": "RED"}),
    ),
    f"{I}/risk-rules/{{rule_id}}/decision": (rule_decided,),
    f"{I}/risk-controls": (
        by_officer(
            f"{I}/risk-controls", "risk_officer", "RiskControlSet", change={"lane": "YELLOW"}
        ),
    ),
    f"{I}/risk-controls/{{control_id}}/lift": (control_lifted,),
    f"{I}/credit-levels": (
        by_officer(
            f"{I}/credit-levels",
            "officer",
            "CreditLevelProposed",
            change={"party": "enterprise:4506960002"},
        ),
    ),
    f"{I}/credit-levels/{{credit_id}}/countersignature": (credit_signed,),
}
