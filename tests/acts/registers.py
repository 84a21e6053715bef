"""Acts that open no case: what is filed, proposed and approved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from services.inspection.domain.rules.score import standards_for
from tests.acts.asked import Asked, Builder, sampled
from tests.architecture.routes import sample_requests
from tests.support.asleep import Asleep
from tests.support.officers import officer_filed

REGISTRY: Final = "POST /registry/v1"
INSPECTION: Final = "POST /inspection/v1"
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


async def rule_proposed(asleep: Asleep) -> Asked:
    code = f"R{uuid4().hex[:8].upper()}"
    route, event = f"{INSPECTION}/risk-rules", "RiskRuleProposed"
    return await by_officer(route, "risk_officer", event, change={"lane": "RED"}, code=code)(asleep)


async def rule_decided(asleep: Asleep) -> Asked:
    code = f"R{uuid4().hex[:8].upper()}"
    rule = await made_by_another(asleep, f"{INSPECTION}/risk-rules", "risk_officer", code=code)
    return await second(
        asleep,
        f"/inspection/v1/risk-rules/{rule['rule_id']}/decision",
        "risk_officer",
        "RiskRuleApproved",
        bodies=({"approve": True}, {"approve": False}),
    )


async def control_lifted(asleep: Asleep) -> Asked:
    control = await made_by_another(
        asleep, f"{INSPECTION}/risk-controls", "risk_officer", value=uuid4().hex
    )
    return await second(
        asleep,
        f"/inspection/v1/risk-controls/{control['control_id']}/lift",
        "risk_officer",
        "RiskControlLifted",
        bodies=({}, {}),
    )


def an_enterprise() -> str:
    return f"enterprise:{uuid4().int % 10**10:010d}"


async def credit_proposed(asleep: Asleep) -> Asked:
    route, another = f"{INSPECTION}/credit-levels", {"party": an_enterprise()}
    act = by_officer(route, "officer", "CreditLevelProposed", change=another, party=an_enterprise())
    return await act(asleep)


async def credit_signed(asleep: Asleep) -> Asked:
    level = await made_by_another(
        asleep, f"{INSPECTION}/credit-levels", "officer", party=an_enterprise()
    )
    return await second(
        asleep,
        f"/inspection/v1/credit-levels/{level['credit_id']}/countersignature",
        "officer",
        "CreditLevelDecided",
        bodies=({"agree": True}, {"agree": False, "remark": "not so"}),
    )


async def policy_approved(asleep: Asleep) -> Asked:
    day = f"20{40 + uuid4().int % 50}-01-01"
    proposed = await made_by_another(
        asleep, f"{REGISTRY}/policy", "policy_officer", effective_from=day
    )
    return await second(
        asleep,
        f"/registry/v1/policy/{proposed['policy_id']}/approval",
        "policy_officer",
        "PolicyApproved",
        bodies=({}, {}),
    )


async def goods_restricted(asleep: Asleep) -> Asked:
    """Of goods that no other test trades in: the law holds for the whole window."""
    asked = await sampled(f"{REGISTRY}/goods-restrictions")(asleep)
    rows = [{**row, "hs_prefix": "9706"} for row in asked.body["rows"]]
    return replace(asked, body={"rows": rows}, other={"rows": rows * 2})


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
    f"{REGISTRY}/residents": (sampled(f"{REGISTRY}/residents"),),
    f"{REGISTRY}/groups": (sampled(f"{REGISTRY}/groups"),),
    f"{REGISTRY}/memberships": (
        sampled(f"{REGISTRY}/memberships", after=[f"{REGISTRY}/residents", f"{REGISTRY}/groups"]),
    ),
    f"{REGISTRY}/enterprises": (sampled(f"{REGISTRY}/enterprises"),),
    f"{REGISTRY}/processing-filings": (
        sampled(f"{REGISTRY}/processing-filings", after=[f"{REGISTRY}/enterprises"]),
    ),
    f"{REGISTRY}/officers": (sampled(f"{REGISTRY}/officers"),),
    f"{REGISTRY}/conflicts": (sampled(f"{REGISTRY}/conflicts", after=[f"{REGISTRY}/officers"]),),
    f"{REGISTRY}/banks": (sampled(f"{REGISTRY}/banks"),),
    f"{REGISTRY}/sellers": (sampled(f"{REGISTRY}/sellers"),),
    f"{REGISTRY}/ports": (sampled(f"{REGISTRY}/ports"),),
    f"{REGISTRY}/goods-restrictions": (goods_restricted,),
    f"{REGISTRY}/commodities": (sampled(f"{REGISTRY}/commodities"),),
    f"{REGISTRY}/vehicles": (sampled(f"{REGISTRY}/vehicles", role="carrier", party="carrier:C1"),),
    f"{REGISTRY}/policy": (
        by_officer(
            f"{REGISTRY}/policy", "policy_officer", "PolicyProposed", change={"value": "9000"}
        ),
    ),
    f"{REGISTRY}/policy/{{policy_id}}/approval": (policy_approved,),
    f"{INSPECTION}/risk-rules": (rule_proposed,),
    f"{INSPECTION}/risk-rules/{{rule_id}}/decision": (rule_decided,),
    f"{INSPECTION}/risk-controls": (
        by_officer(
            f"{INSPECTION}/risk-controls",
            "risk_officer",
            "RiskControlSet",
            change={"lane": "YELLOW"},
        ),
    ),
    f"{INSPECTION}/risk-controls/{{control_id}}/lift": (control_lifted,),
    f"{INSPECTION}/credit-levels": (credit_proposed,),
    f"{INSPECTION}/credit-levels/{{credit_id}}/countersignature": (credit_signed,),
}
