"""Acts that open no case: what is filed, proposed and approved."""

from __future__ import annotations

import random
import string
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from joserfc.jwk import OKPKey

from services.kernel.canonical import number_key
from services.kernel.identifiers import uuid_of
from tests.acts.asked import Asked, Builder, sampled
from tests.architecture.routes import sample_requests
from tests.support.asleep import Asleep
from tests.support.numbers import fresh
from tests.support.on_file import enterprise_filed, officer_filed, seller_filed
from tests.support.window import Window

REGISTRY: Final = "POST /registry/v1"
GATE: Final = "POST /gate/v1"
RISK: Final = "POST /risk/v1"
ACCREDITATION: Final = "POST /accreditation/v1"
_SIGNED: Final = ({"agree": True}, {"agree": False, "remark": "not so"})
FILED: Final = "RecordsFiled"


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
    route, event = f"{RISK}/rules", "RiskRuleProposed"
    return await by_officer(route, "risk_officer", event, change={"lane": "RED"}, code=code)(asleep)


async def rule_decided(asleep: Asleep) -> Asked:
    code = f"R{uuid4().hex[:8].upper()}"
    rule = await made_by_another(asleep, f"{RISK}/rules", "risk_officer", code=code)
    return await second(
        asleep,
        f"/risk/v1/rules/{rule['rule_id']}/decision",
        "risk_officer",
        "RiskRuleApproved",
        bodies=({"approve": True}, {"approve": False}),
    )


async def rule_in_force(asleep: Asleep) -> str:
    """Where a rule stands that two officers have put in force."""
    code = f"R{uuid4().hex[:8].upper()}"
    rule = await made_by_another(asleep, f"{RISK}/rules", "risk_officer", code=code)
    path = f"/risk/v1/rules/{rule['rule_id']}"
    approved = await second(
        asleep,
        f"{path}/decision",
        "risk_officer",
        "RiskRuleApproved",
        bodies=({"approve": True}, {}),
    )
    assert (await approved.sent(asleep)).status_code == 200
    return path


RETIREMENT: Final = {"ends_on": "2099-01-01", "grounds": "the campaign is over"}


async def retirement_of(asleep: Asleep, path: str) -> Asked:
    return await second(
        asleep,
        f"{path}/retirement",
        "risk_officer",
        "RiskRuleRetirementProposed",
        bodies=(RETIREMENT, {**RETIREMENT, "ends_on": "2098-01-01"}),
    )


async def retirement_proposed(asleep: Asleep) -> Asked:
    return await retirement_of(asleep, await rule_in_force(asleep))


async def retirement_decided(asleep: Asleep) -> Asked:
    path = await rule_in_force(asleep)
    asked = await retirement_of(asleep, path)
    assert (await asked.sent(asleep)).status_code == 200
    return await second(
        asleep,
        f"{path}/retirement/decision",
        "risk_officer",
        "RiskRuleRetired",
        bodies=({"approve": True}, {"approve": False}),
    )


async def control_lifted(asleep: Asleep) -> Asked:
    control = await made_by_another(asleep, f"{RISK}/controls", "risk_officer", value=uuid4().hex)
    return await second(
        asleep,
        f"/risk/v1/controls/{control['control_id']}/lift",
        "risk_officer",
        "RiskControlLifted",
        bodies=({}, {}),
    )


async def an_enterprise(asleep: Asleep) -> str:
    return f"enterprise:{await enterprise_filed(asleep.sql, asleep.harbour.port)}"


async def credit_proposed(asleep: Asleep) -> Asked:
    route, party = f"{ACCREDITATION}/credit-levels", await an_enterprise(asleep)
    another = {"party": await an_enterprise(asleep)}
    act = by_officer(route, "officer", "CreditLevelProposed", change=another, party=party)
    return await act(asleep)


async def credit_signed(asleep: Asleep) -> Asked:
    return await _credit_decided(asleep, "CreditLevelDecided", *_SIGNED)


async def credit_refused(asleep: Asleep) -> Asked:
    return await _credit_decided(asleep, "CreditLevelRefused", *reversed(_SIGNED))


async def _credit_decided(asleep: Asleep, event: str, *bodies: dict[str, Any]) -> Asked:
    level = await made_by_another(
        asleep, f"{ACCREDITATION}/credit-levels", "officer", party=await an_enterprise(asleep)
    )
    return await second(
        asleep,
        f"/accreditation/v1/credit-levels/{level['credit_id']}/countersignature",
        "officer",
        event,
        bodies=(bodies[0], bodies[1]),
    )


def filed(what: str, *, after: Sequence[str] = (), **who: Any) -> Builder:
    """A register's sample rows, once those of the registers ``after`` which it comes are filed."""
    return sampled(f"{REGISTRY}/{what}", FILED, after=[f"{REGISTRY}/{e}" for e in after], **who)


async def membership_filed(asleep: Asleep) -> Asked:
    """Of a group that is on file; filing one takes two persons."""
    asked = await filed("memberships", after=["residents"])(asleep)
    code = asked.body["rows"][0]["group_code"]
    await asleep.sql.execute(
        "INSERT INTO groups (group_code, name, kind, port, code_key)"
        " VALUES ($1, $1, 'mutual_aid', 'DONGXING', $2) ON CONFLICT DO NOTHING",
        code,
        number_key(code),
    )
    return asked


PROPOSED: Final = "ChangeProposed"


def proposed(what: str, fresh: Callable[[Asleep], Awaitable[dict[str, Any]]]) -> Builder:
    """A register's sample row of somebody new, whom a second person has to confirm."""

    async def asked(asleep: Asleep) -> Asked:
        asked = await sampled(f"{REGISTRY}/{what}", PROPOSED)(asleep)
        rows = [{**asked.body["rows"][0], **await fresh(asleep)}]
        return replace(asked, body={"rows": rows}, other={"rows": rows * 2})

    return asked


async def new_officer(asleep: Asleep) -> dict[str, Any]:
    return {"badge_no": uuid4().hex[:12]}


async def new_group(_: Asleep) -> dict[str, Any]:
    return {"group_code": f"G-{uuid4().hex[:8]}"}


async def new_processing(asleep: Asleep) -> dict[str, Any]:
    return {"enterprise_code": await enterprise_filed(asleep.sql, asleep.harbour.port)}


async def new_seller(asleep: Asleep) -> dict[str, Any]:
    code = f"S-{uuid4().hex[:8]}"
    return {"seller_code": code, "name": f"New {code}"}


async def new_bank(_: Asleep) -> dict[str, Any]:
    """It has no place in the rota."""
    return _bank()


def _bank() -> dict[str, Any]:
    bic = "".join(random.choices(string.ascii_uppercase, k=4)) + "CNBJ"
    return {"bic": bic, "rota_order": None}


async def new_conflict(asleep: Asleep) -> dict[str, Any]:
    officer = await officer_filed(asleep.sql, asleep.harbour.port)
    badge = await asleep.sql.fetchval(
        "SELECT badge_no FROM officers WHERE officer_id = $1", uuid_of(officer, "ofc")
    )
    return {"badge_no": badge}


async def new_signatory(asleep: Asleep) -> dict[str, Any]:
    return {"party": f"bank:{await a_bank(asleep)}"}


async def new_payer_account(asleep: Asleep) -> dict[str, Any]:
    group, bic = await asleep.harbour.group(1), await a_bank(asleep)
    account = fresh(19)
    return {"party": f"group:{group.code}", "bank_bic": bic, "account": account}


async def a_seller(asleep: Asleep) -> dict[str, str]:
    """A seller on file, with an account that it is to have."""
    code = f"S-{uuid4().hex[:8]}"
    await seller_filed(asleep.sql, f"Changed {code}", code=code)
    row = {"seller_code": code, "name": f"Changed {code}", "country": "VN"}
    return {**row, "bank_bic": "BFTVVNVX", "account": "0011002299999"}


async def change_proposed(asleep: Asleep) -> Asked:
    body, other = [{"seller": await a_seller(asleep)} for _ in range(2)]
    party, path = "platform:registrar", "/registry/v1/changes"
    return Asked("registrar", party, path, body, other, ("ChangeProposed",))


async def change_confirmed(asleep: Asleep) -> Asked:
    """By another person, once it has been seen long enough."""
    proposed = (await (await change_proposed(asleep)).sent(asleep)).json()
    await asleep.sql.execute(
        "UPDATE register_changes SET confirm_from = now() WHERE change_id = $1",
        uuid_of(proposed["change_id"], "imp"),
    )
    path = f"/registry/v1/changes/{proposed['change_id']}/decision"
    bodies, happened = ({"confirm": True}, {"confirm": False}), (FILED, "ChangeConfirmed")
    who = ("registrar", "platform:registrar", path)
    return Asked(*who, *bodies, happened, subject="another registrar")


async def mandated_by_registrar(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1, mandated=False)
    named = {"resident_no": group.residents[0]}
    return mandated("registrar", "platform:registrar", group.code, named, PROPOSED)


async def mandated_by_resident(asleep: Asleep) -> Asked:
    """Everybody gives the own mandate."""
    group = await asleep.harbour.group(1, mandated=False)
    resident = await asleep.harbour.window.resident_id(group.residents[0])
    named = {"resident_id": resident}
    return mandated("resident", f"resident:{resident}", group.code, named, FILED)


def mandated(role: str, party: str, group: str, named: dict[str, str], event: str) -> Asked:
    """A mandate for a group's clerk; the other request ends it, too."""
    row = {"group_code": group, "given_on": "2026-11-18", **named}
    body, other = {"rows": [row]}, {"rows": [{**row, "ended_on": "2026-12-18"}]}
    return Asked(role, party, "/registry/v1/mandates", body, other, (event,))


async def residents_found(asleep: Asleep) -> Asked:
    """A POST so that no number stands in an address; it reads, and records nothing."""
    group = await asleep.harbour.group(2)
    one, other = ({"resident_nos": [number]} for number in group.residents)
    party, path = f"group:{group.code}", "/registry/v1/residents/lookup"
    return Asked("clerk", party, path, one, other, ())


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


async def a_bank(asleep: Asleep) -> str:
    """A bank of its own on file."""
    return await bank_filed(asleep.harbour.window)


async def bank_filed(window: Window) -> str:
    """A bank of which no other test knows; its code."""
    row = {**sample_requests()[f"{REGISTRY}/banks"]["rows"][0], **_bank()}
    await window.on_file("banks", row)
    return str(row["bic"])


def a_key() -> dict[str, Any]:
    return dict(OKPKey.generate_key("Ed25519").as_dict(private=False))


async def bank_key_proposed(asleep: Asleep) -> Asked:
    bic = await a_bank(asleep)
    body, other = ({"public_key": a_key(), "overlap_hours": hours} for hours in (24, 48))
    who = ("registrar", "platform:registrar", f"/registry/v1/banks/{bic}/keys")
    return Asked(*who, body, other, ("BankKeyProposed",), subject="registrar-1")


async def bank_key_decided(asleep: Asleep) -> Asked:
    proposed = await (await bank_key_proposed(asleep)).sent(asleep)
    assert proposed.status_code == 201, proposed.text
    await asleep.sql.execute(
        "UPDATE bank_keys SET confirm_from = now() WHERE key_id = $1",
        uuid_of(proposed.json()["key_id"], "bky"),
    )
    path = f"/registry/v1/bank-keys/{proposed.json()['key_id']}/decision"
    who = ("registrar", "platform:registrar", path)
    bodies = ({"approve": True}, {"approve": False})
    return Asked(*who, *bodies, ("BankKeyDecided",), subject="registrar-2")


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"{REGISTRY}/residents": (filed("residents"),),
    f"{REGISTRY}/residents/lookup": (residents_found,),
    f"{REGISTRY}/groups": (proposed("groups", new_group),),
    f"{REGISTRY}/memberships": (membership_filed,),
    f"{REGISTRY}/mandates": (mandated_by_registrar, mandated_by_resident),
    f"{REGISTRY}/enterprises": (filed("enterprises"),),
    f"{REGISTRY}/processing-filings": (proposed("processing-filings", new_processing),),
    f"{REGISTRY}/officers": (proposed("officers", new_officer),),
    f"{REGISTRY}/conflicts": (proposed("conflicts", new_conflict),),
    f"{REGISTRY}/banks": (proposed("banks", new_bank),),
    f"{REGISTRY}/signatories": (proposed("signatories", new_signatory),),
    f"{REGISTRY}/banks/{{bic}}/keys": (bank_key_proposed,),
    f"{REGISTRY}/bank-keys/{{key_id}}/decision": (bank_key_decided,),
    f"{REGISTRY}/sellers": (proposed("sellers", new_seller),),
    f"{REGISTRY}/payer-accounts": (proposed("payer-accounts", new_payer_account),),
    f"{REGISTRY}/ports": (filed("ports"),),
    f"{REGISTRY}/changes": (change_proposed,),
    f"{REGISTRY}/changes/{{change_id}}/decision": (change_confirmed,),
    f"{GATE}/vehicles": (
        # By the registrar: a carrier declares ahead, and the sample has a day of its own.
        sampled(f"{GATE}/vehicles", "VehiclesDeclared"),
    ),
    f"{RISK}/rules": (rule_proposed,),
    f"{RISK}/rules/{{rule_id}}/decision": (rule_decided,),
    f"{RISK}/rules/{{rule_id}}/retirement": (retirement_proposed,),
    f"{RISK}/rules/{{rule_id}}/retirement/decision": (retirement_decided,),
    f"{RISK}/controls": (
        by_officer(
            f"{RISK}/controls",
            "risk_officer",
            "RiskControlSet",
            change={"lane": "YELLOW"},
        ),
    ),
    f"{RISK}/controls/{{control_id}}/lift": (control_lifted,),
    f"{ACCREDITATION}/credit-levels": (credit_proposed,),
    f"{ACCREDITATION}/credit-levels/{{credit_id}}/countersignature": (
        credit_signed,
        credit_refused,
    ),
}
