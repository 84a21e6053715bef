"""Acts on the law: its parameters and its lists are proposed by one and decided by another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.acts.asked import Asked, Builder, sampled
from tests.acts.registers import by_officer, made_by_another, second
from tests.support.asleep import Asleep
from tests.support.harbour import open_port

LAW: Final = "POST /law/v1"
GROUNDS: Final = ({"grounds": "its notice is withdrawn"}, {"grounds": "a mistake"})


async def policy_proposed(asleep: Asleep) -> str:
    """Where a proposal stands, of a place where nobody trades: approved, it is the law after."""
    nowhere = await open_port(asleep.harbour.window, officers=0)
    proposed = await made_by_another(
        asleep, f"{LAW}/policy", "policy_officer", scope=nowhere, effective_from="2099-01-01"
    )
    return f"/law/v1/policy/{proposed['policy_id']}"


async def policy_second(asleep: Asleep, path: str, event: str, *bodies: dict[str, Any]) -> Asked:
    """Another policy officer's half of a change of the law."""
    asked = (bodies or ({}, {}))[:2]
    return await second(asleep, path, "policy_officer", event, bodies=(asked[0], asked[1]))


async def policy_approved(asleep: Asleep) -> Asked:
    path = await policy_proposed(asleep)
    return await policy_second(asleep, f"{path}/approval", "PolicyApproved")


async def policy_declined(asleep: Asleep) -> Asked:
    path = await policy_proposed(asleep)
    return await policy_second(asleep, f"{path}/refusal", "PolicyDeclined", *GROUNDS)


async def revocation_of(asleep: Asleep, path: str) -> Asked:
    return await policy_second(asleep, f"{path}/revocation", "PolicyRevocationProposed", *GROUNDS)


async def policy_in_force(asleep: Asleep) -> str:
    """Where a value stands that two have approved for a day to come."""
    path = await policy_proposed(asleep)
    approved = await policy_second(asleep, f"{path}/approval", "PolicyApproved")
    assert (await approved.sent(asleep)).status_code == 200
    return path


async def revocation_proposed(asleep: Asleep) -> Asked:
    return await revocation_of(asleep, await policy_in_force(asleep))


async def revocation_decided(asleep: Asleep) -> Asked:
    path = await policy_in_force(asleep)
    assert (await (await revocation_of(asleep, path)).sent(asleep)).status_code == 200
    answers = ({"approve": True}, {"approve": False})
    return await policy_second(asleep, f"{path}/revocation/decision", "PolicyRevoked", *answers)


def of_the_law(what: str) -> Builder:
    """Sample rows of what the law lists."""
    return sampled(f"{LAW}/{what}", "LawListProposed")


async def goods_restricted(asleep: Asleep) -> Asked:
    """Of goods that no other test trades in: the law holds for the whole window."""
    asked = await of_the_law("goods-restrictions")(asleep)
    days = {"effective_from": "2099-01-01", "effective_to": None}
    rows = [{**row, **days, "hs_prefix": "9706"} for row in asked.body["rows"]]
    return replace(asked, body={"rows": rows}, other={"rows": rows * 2})


async def origin_allowed(asleep: Asleep) -> Asked:
    """At a port of its own: the law of a port holds for every lot that enters there."""
    asked = await of_the_law("port-origins")(asleep)
    port = await open_port(asleep.harbour.window, officers=0)
    days = {"effective_from": "2099-01-01", "effective_to": None}
    rows = [{**row, **days, "port": port, "country": "TH"} for row in asked.body["rows"]]
    return replace(asked, body={"rows": rows}, other={"rows": rows * 2})


async def list_confirmed(asleep: Asleep) -> Asked:
    """By another person of the registrar's office."""
    proposed = (await (await origin_allowed(asleep)).sent(asleep)).json()
    path = f"/law/v1/filings/{proposed['filing_id']}/decision"
    who = ("registrar", "platform:registrar", path)
    bodies, happened = ({"confirm": True}, {"confirm": False}), ("LawFiled", "LawListConfirmed")
    return Asked(*who, *bodies, happened, subject="another registrar")


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"{LAW}/port-origins": (origin_allowed,),
    f"{LAW}/goods-restrictions": (goods_restricted,),
    f"{LAW}/commodities": (of_the_law("commodities"),),
    f"{LAW}/filings/{{filing_id}}/decision": (list_confirmed,),
    f"{LAW}/policy": (
        by_officer(f"{LAW}/policy", "policy_officer", "PolicyProposed", change={"value": "9000"}),
    ),
    f"{LAW}/policy/{{policy_id}}/approval": (policy_approved,),
    f"{LAW}/policy/{{policy_id}}/refusal": (policy_declined,),
    f"{LAW}/policy/{{policy_id}}/revocation": (revocation_proposed,),
    f"{LAW}/policy/{{policy_id}}/revocation/decision": (revocation_decided,),
}
