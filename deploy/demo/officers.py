"""The officers of a day: two inspect each drawn lot, two certify the factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from deploy.demo.filing import FACTORY, Filed
from deploy.sandbox.certification import all_met, applied, certified
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
    officers = sorted(filed.officers)
    case = await applied(factory, officer(parties, filed, officers[0]))
    marks = await all_met(factory, "PROCESSING")
    signed = await certified(case, officers, lambda o: officer(parties, filed, o), marks)
    return str(signed["certificate"])


async def reveal_draws(parties: Parties, filed: Filed) -> None:
    """The day is over: its seeds are revealed, so that anyone can recompute its draws."""
    for port in filed.ports:
        risk = parties.act_as("risk_officer", f"officer:{filed.risk_officers[port][0]}", port=port)
        seeds = await risk.get("/risk/v1/draw-seeds", limit=200)
        for seed in seeds["items"]:
            if seed["closed_at"] is None and seed["port"] == port:
                await risk.post(f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal", {})
