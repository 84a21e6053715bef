"""Everybody of the sample world is filed with the registry, and comes on the list of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from joserfc.jwk import OKPKey

from deploy.sandbox.parties import Party
from deploy.sandbox.world import cast
from deploy.sandbox.world.roll import Person
from deploy.sandbox.world.stage import Stage
from services.kernel.clock import business_day

_REGISTRY: Final = "/registry/v1"
_FILED_ON: Final = "2026-01-05"
_VALID_UNTIL: Final = "2028-12-31"


async def residents_filed(stage: Stage) -> None:
    """Residents, their groups and memberships are filed, and some give their clerk a mandate."""
    office, groups = stage.office, list(cast.GROUPS.values())
    await office.file("residents", [_resident(r) for g in groups for r in g.residents])
    rows = [
        {"group_code": g.code, "name": g.name, "kind": g.kind, "port": g.port.code} for g in groups
    ]
    await office.file("groups", rows)
    named = [{"group_code": g.code, "resident_no": r.number} for g in groups for r in g.residents]
    await office.file("memberships", [{**m, "joined_on": _FILED_ON} for m in named])
    for group in groups:
        numbers = [r.number for r in group.residents]
        found = await stage.registrar().post(
            f"{_REGISTRY}/residents/lookup", {"resident_nos": numbers}
        )
        ids = [item["resident_id"] for item in found["items"]]
        stage.mark.learn("residents", {group.code: ids})
        await _mandates_given(stage, group)
    stage.roll.add(_residents_of_note(stage))
    stage.roll.add(
        Person(f"group:{g.code}", f"group:{g.code}", "clerk", g.clerk, "declare", g.name)
        for g in groups
    )


async def _mandates_given(stage: Stage, group: cast.Group) -> None:
    """Those who let their clerk confirm for them say so at the own phones."""
    for place, resident in enumerate(group.residents):
        if resident.mandated:
            given = {
                "group_code": group.code,
                "resident_id": stage.resident_id(group.code, place),
                "given_on": _FILED_ON,
            }
            phone = stage.resident(group.code, place)
            await phone.post(f"{_REGISTRY}/mandates", {"rows": [given]})


def _resident(resident: cast.Resident) -> dict[str, Any]:
    return {
        "resident_no": resident.number,
        "name": resident.name,
        "sex": resident.sex,
        "township": resident.township,
        "phone": resident.phone,
        "filing_no": resident.filing_no,
        "filed_on": _FILED_ON,
        "valid_until": _VALID_UNTIL,
    }


OF_NOTE: Final = (
    ("DX-G001", 0, "confirm_share"),
    ("DX-G001", 1, "confirm_share"),
    ("DX-G001", 2, "read_refusal"),
    ("DX-G001", 3, "quota_used"),
    ("DX-G002", 0, "confirm_share"),
    ("DX-G003", 1, "declare"),
    ("DX-G005", 6, "income"),
    ("RL-G001", 1, "confirm_share"),
    ("DX-G003", 0, "confirm_share"),
)
"""The residents whose phones are worth a look, and what waits there."""


def _residents_of_note(stage: Stage) -> Iterator[Person]:
    for code, place, can in OF_NOTE:
        group, party = cast.GROUPS[code], f"resident:{stage.resident_id(code, place)}"
        name = group.residents[place].name
        yield Person(party, party, "resident", name, can, group.name)


async def officers_come(stage: Stage, officers: Sequence[cast.Officer]) -> None:
    """Two registrars file officers; from now on they may be drawn for what they know."""
    await stage.office.file("officers", [officer_row(o) for o in officers])
    for officer in officers:
        page = await stage.registrar().get(f"{_REGISTRY}/officers", badge_no=officer.badge)
        stage.mark.learn("officers", {officer.badge: page["items"][0]["officer_id"]})


def officer_row(officer: cast.Officer, *, active: bool = True) -> dict[str, Any]:
    """An officer as the registry files one."""
    return {
        "badge_no": officer.badge,
        "name": officer.name,
        "port": officer.port.code,
        "team": officer.team,
        "skills": list(officer.skills),
        "active": active,
    }


async def first_officers_filed(stage: Stage) -> None:
    """The two officers whom the first order of the day is for, and those of rules and law."""
    await officers_come(stage, (*cast.AWAY, *cast.RISK, *cast.POLICY))


async def officers_filed(stage: Stage) -> None:
    """All others: who looks, who certifies, whose the rules are and whose the law."""
    await officers_come(stage, cast.OTHERS)
    ids = stage.known("officers")
    for role, can, officers in (
        ("officer", "read_port", cast.EXAMINING),
        ("officer", "supervise", (cast.SUPERVISOR,)),
        ("officer", "examine", cast.CERTIFYING),
        ("officer", "findings", cast.ELSEWHERE),
        ("risk_officer", "propose", cast.RISK),
        ("policy_officer", "propose", cast.POLICY),
    ):
        stage.roll.add(_officer(o, role, can, ids[o.badge]) for o in officers)


def _officer(officer: cast.Officer, role: str, can: str, officer_id: str) -> Person:
    party = f"officer:{officer_id}"
    office = f"{officer.port.name}海关（样本）"
    return Person(party, party, role, officer.name, can, office, officer.port.code, officer.team)


async def trade_filed(stage: Stage) -> None:
    """Sellers across the border, carriers' people, gates, registrars and the auditor."""
    sellers = [
        {
            "seller_code": seller.code,
            "name": seller.name,
            "country": seller.country,
            "bank_bic": seller.bank,
            "account": f"9704{number:012d}",
        }
        for number, seller in enumerate(cast.SELLERS, 1)
    ]
    await stage.office.file("sellers", sellers)
    stage.roll.add(
        Person(party, party, "carrier", name, "lodge_manifest", of)
        for party, (of, name, _) in cast.CARRIERS.items()
    )
    stage.roll.add(
        Person(party, party, "gate", name, "gate", f"{port.name}口岸卡口（样本）", port.code)
        for party, (name, port) in cast.GATES.items()
    )
    stage.roll.add(
        Person(subject, "platform:registrar", "registrar", name, "propose")
        for subject, name in cast.REGISTRARS.items()
    )
    stage.roll.add(
        [
            Person(cast.LEADER, cast.LEADER, "leader", "梁致远", "read_figures"),
            Person(cast.AUDITOR, cast.AUDITOR, "auditor", "季廉", "read_all"),
        ]
    )


async def factories_filed(stage: Stage) -> None:
    """The two factories, each with what it may process; both are filed at Dongxing."""
    office, port = stage.office, cast.DONGXING.code
    await office.file(
        "enterprises",
        [
            {"enterprise_code": f.code, "credit_code": f.credit, "name": f.name, "port": port}
            for f in cast.FACTORIES
        ],
    )
    await office.file(
        "processing-filings",
        [
            {
                "enterprise_code": f.code,
                "hs_prefix": f.material[:6],
                "filed_from": _FILED_ON,
                "yearly_capacity_kg": "5000000",
                "filing_no": f"SAMPLE-{f.code}",
            }
            for f in cast.FACTORIES
        ],
    )
    for factory in cast.FACTORIES:
        party = f"enterprise:{factory.code}"
        person = Person(party, party, "enterprise", factory.clerk, "buy", factory.name)
        stage.roll.add([person])


async def banks_filed(stage: Stage) -> None:
    """Four banks with the keys of their signatures, who signs for them, the payers' accounts."""
    office = stage.office
    await office.file("banks", [_bank(stage, *one) for one in enumerate(cast.BANKS, 1)])
    signing = [(b, n, name) for b in cast.BANKS for n, name in enumerate(b.compliance, 1)]
    rows = [
        {"party": f"bank:{b.bic}", "subject": f"{b.bic}-compliance-{n}", "duty": "compliance"}
        for b, n, _ in signing
    ]
    by_hand = [
        {"party": f"bank:{b.bic}", "subject": subject, "duty": duty}
        for b in cast.BANKS
        for subject in (f"bank:{b.bic}", f"{b.bic}-second")
        for duty in ("answers", "quotes")
    ]
    await _at_once(stage)
    await office.file("signatories", [*rows, *by_hand])
    await office.file("payer-accounts", list(_accounts(stage)))
    stage.roll.add(
        Person(f"bank:{b.bic}", f"bank:{b.bic}", "bank", b.clerk, "quote", b.name)
        for b in cast.BANKS
    )
    stage.roll.add(
        Person(f"{b.bic}-second", f"bank:{b.bic}", "bank", b.second, "confirm_answer", b.name)
        for b in cast.BANKS
    )
    stage.roll.add(
        Person(row["subject"], row["party"], "bank_compliance", name, "read_holds", b.name)
        for row, (b, _, name) in zip(rows, signing, strict=True)
    )


def _bank(stage: Stage, order: int, bank: cast.Bank) -> dict[str, Any]:
    return {
        "bic": bank.bic,
        "name": bank.name,
        "public_key": stage.keys[bank.bic].as_dict(private=False),
        "rota_order": order,
        "currencies": ["CNY", "VND", "MMK"],
    }


def _accounts(stage: Stage) -> Iterator[dict[str, Any]]:
    """Every payer's account at every bank: whichever is on duty debits it."""
    payers = [(f"group:{code}", f"Mutual Aid Group {code} (sample)") for code in cast.GROUPS]
    payers += [(f"enterprise:{f.code}", f"Factory {f.code} (sample)") for f in cast.FACTORIES]
    payers += [
        (f"resident:{stage.resident_id(code, place)}", f"Resident {code} {place} (sample)")
        for code, place, _ in OF_NOTE
    ]
    for party, holder in payers:
        digits = int.from_bytes(sha256(holder.encode()).digest()) % 10**12
        for number, bank in enumerate(cast.BANKS):
            yield {
                "party": party,
                "bank_bic": bank.bic,
                "account": f"62284{number}{digits:012d}",
                "holder": holder,
                "town": "Dongxing",
            }


async def two_are_called_away(stage: Stage) -> None:
    """One registrar files that the first two officers are away, the other confirms it."""
    for officer in cast.AWAY:
        office, away = stage.office, {"officer": officer_row(officer, active=False)}
        change = await office.registrar.post(f"{_REGISTRY}/changes", away)
        await office.confirm(change["change_id"])


async def changes_proposed(stage: Stage) -> None:
    """A seller's new account, an origin to come and a bank's next key, which wait for the other
    registrar."""
    seller = cast.HA_LONG
    change = {
        "seller_code": seller.code,
        "name": seller.name,
        "country": seller.country,
        "bank_bic": seller.bank,
        "account": "970400000000077",
    }
    await stage.registrar(1).post(f"{_REGISTRY}/changes", {"seller": change})
    origin = {
        "port": cast.DONGXING.code,
        "country": "LA",
        "effective_from": (business_day(stage.began) + timedelta(days=30)).isoformat(),
        "authority": "SAMPLE: 待另一名登记员确认的原产地",
    }
    await stage.registrar(1).post("/law/v1/port-origins", {"rows": [origin]})
    public = OKPKey.generate_key("Ed25519").as_dict(private=False)
    await stage.registrar(1).post(
        f"{_REGISTRY}/banks/{cast.BANKS[-1].bic}/keys",
        {"public_key": public, "overlap_hours": 24},
    )
    stage.roll.waits("registrar-2", "second_proposal")


async def _at_once(stage: Stage) -> None:
    """Two policy officers have it that who signs for a bank and a phone that is bound count at
    once: here nobody would look at it for a day."""
    for key in ("registry.signatory_cooling_h", "registry.passkey_cooling_h"):
        proposal = {
            "key": key,
            "value": 0,
            "authority": "SAMPLE: 样本世界自今日开始",
            "effective_from": business_day(stage.began).isoformat(),
        }
        await _in_force(stage, proposal)


async def _in_force(stage: Stage, proposal: Mapping[str, Any]) -> None:
    author, approver = (desk(stage, o) for o in cast.POLICY)
    proposed = await author.post("/law/v1/policy", proposal)
    await approver.sign(f"/law/v1/policy/{proposed['policy_id']}", "approval")


async def past_days_opened(stage: Stage) -> None:
    """Two policy officers let Ruili play days of the past, today and tomorrow.

    What is declared there meanwhile is marked as a replay in the record.
    """
    today = business_day(stage.began)
    proposal = {
        "key": "hushi.entry_age_max_days",
        "scope": f"replay:{cast.RUILI.code}",
        "value": 14,
        "authority": "SAMPLE: 样本世界建立之前的日期",
        "effective_from": today.isoformat(),
        "effective_to": (today + timedelta(days=2)).isoformat(),
    }
    await _in_force(stage, proposal)


async def law_proposed(stage: Stage) -> None:
    """A change of the law that waits for the second policy officer."""
    proposal = {
        "key": "hushi.share_answer_min",
        "value": 180,
        "authority": "SAMPLE: 待另一名关员批准的提议",
        "effective_from": (business_day(stage.began) + timedelta(days=30)).isoformat(),
    }
    await desk(stage, cast.POLICY[0]).post("/law/v1/policy", proposal)
    second = stage.known("officers")[cast.POLICY[1].badge]
    stage.roll.waits(f"officer:{second}", "second_proposal")


def desk(stage: Stage, officer: cast.Officer) -> Party:
    """An officer of risk or policy at the own desk."""
    role = "risk_officer" if officer in cast.RISK else "policy_officer"
    return stage.badge(officer.badge, role=role, port=officer.port.code)
