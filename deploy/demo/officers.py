"""The officers of a day: two inspect each drawn lot, two certify the factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from deploy.demo.filing import FACTORY, Filed
from deploy.sandbox.parties import Parties, Party, Unexpected, upon

RULES: Final = (
    {
        "code": "MANY_SHARES",
        "title": "A lot split over very many residents",
        "lane": "YELLOW",
        "expression": "ticket_count > 60",
        "example": {"ticket_count": 61},
        "authority": "SAMPLE",
        "effective_from": "2026-01-01",
    },
    {
        "code": "FULL_QUOTA_ROUND",
        "title": "Every share exactly the whole quota (假互市)",
        "lane": "RED",
        "expression": "value_per_ticket_minor == 800000",
        "example": {"value_per_ticket_minor": 800000},
        "authority": "SAMPLE",
        "effective_from": "2026-01-01",
    },
)


def officer(parties: Parties, filed: Filed, officer_id: str) -> Party:
    """One officer at the own port."""
    port = filed.officers[officer_id]
    return parties.act_as("officer", f"officer:{officer_id}", port=port)


async def inspect(parties: Parties, filed: Filed, order_id: str, drawn: Mapping[str, Any]) -> None:
    """The first drawn officer finds no difference, the second countersigns."""
    first, second = drawn["officers"][:2]
    path = f"/inspection/v1/orders/{order_id}"
    one, other = (officer(parties, filed, officer_id) for officer_id in (first, second))
    order = await one.get(path)
    findings = {
        "method": order["method_ordered"],
        "results": ["NO_DIFFERENCE"],
        "disposal": "RELEASE",
        "found_kg": order["declared_net_kg"],
    }
    await _decide(one, f"{path}/findings", findings, order)
    found = await other.get(path)
    await _decide(other, f"{path}/countersignature", {"agree": True}, found)


async def _decide(
    party: Party, path: str, body: Mapping[str, Any], read: Mapping[str, Any]
) -> None:
    """A decision that stands already (the stream tells at least once) is as good as made."""
    answer = await party.try_post(path, body, **upon(read))
    if answer.status_code >= 400 and answer.json()["code"] != "STATE_CONFLICT":
        raise Unexpected(f"{path}: {answer.status_code} {answer.text[:500]}")


async def set_rules(parties: Parties, filed: Filed) -> None:
    """Two risk officers put the day's rules in force: one words them, the other approves."""
    for port in filed.ports[:1]:
        author, approver = (
            parties.act_as("risk_officer", f"officer:{risk}", port=port)
            for risk in filed.risk_officers[port]
        )
        for rule in RULES:
            proposed = await author.post("/risk/v1/rules", rule)
            path = f"/risk/v1/rules/{proposed['rule_id']}"
            await approver.sign(path, "decision", {"approve": True})


async def accredit(parties: Parties, filed: Filed) -> str:
    """The factory applies and is certified; the certificate's code."""
    factory = parties.act_as("enterprise", f"enterprise:{FACTORY}")
    officers = [officer(parties, filed, o) for o in sorted(filed.officers)[:2]]
    application = await factory.post(
        "/accreditation/v1/accreditations", {"level": "CERTIFIED", "trades": ["PROCESSING"]}
    )
    path = f"/accreditation/v1/accreditations/{application['accreditation_id']}"
    await officers[0].sign(path, "acceptance", {"accept": True})
    standards = await factory.get("/accreditation/v1/standards")
    marks = dict.fromkeys(_items(standards), "MET")
    await factory.post(f"{path}/self-assessment", {"marks": marks})
    examiners = await _examiners(officers[0], path)
    report = {"marks": marks, "opinion": "全部达标"}
    one, other = (officer(parties, filed, examiner) for examiner in examiners[:2])
    await one.sign(path, "on-site-report", report)
    await other.sign(path, "on-site-report/countersignature", {"agree": True})
    deciding = [o for o in sorted(filed.officers) if o not in examiners][:2]
    decision = {"kind": "CERTIFY", "grounds": "评分合格"}
    one, other = (officer(parties, filed, decider) for decider in deciding)
    await one.sign(path, "decision", decision)
    signed = await other.sign(path, "countersignature", {"agree": True})
    return str(signed["certificate"])


def _items(standards: Mapping[str, Any]) -> list[str]:
    """The general standards, and those of the trade that the factory is filed for."""
    general = [item for items in standards["general"].values() for item in items]
    return [*general, *standards["by_trade"]["PROCESSING"]]


async def _examiners(customs: Party, path: str) -> list[str]:
    case = await customs.get(path)
    while not case["examiners"]:
        case = await customs.later(path, case["version"]) or case
    return list(case["examiners"])


async def reveal_draws(parties: Parties, filed: Filed) -> None:
    """The day is over: its seeds are revealed, so that anyone can recompute its draws."""
    for port in filed.ports:
        risk = parties.act_as("risk_officer", f"officer:{filed.risk_officers[port][0]}", port=port)
        seeds = await risk.get("/risk/v1/draw-seeds", limit=200)
        for seed in seeds["items"]:
            if seed["closed_at"] is None and seed["port"] == port:
                await risk.post(f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal", {})
