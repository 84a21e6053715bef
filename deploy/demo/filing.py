"""Filing with the registry everybody who takes part in a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from joserfc.jwk import OKPKey
from stdnum.cn import uscc

from deploy.demo.day import Day, Row
from deploy.sandbox.office import Office
from deploy.sandbox.parties import Parties, Party
from services.kernel.clock import business_day

OFFICERS: Final = 8
BANKS: Final = (
    ("ABOCCNBJ", "Agricultural Bank of China (sample)"),
    ("ICBKCNBJ", "Industrial and Commercial Bank of China (sample)"),
    ("BKCHCNBJ", "Bank of China (sample)"),
    ("PCBCCNBJ", "China Construction Bank (sample)"),
)
FACTORY: Final = "4506960001"
TARE_KG: Final = Decimal(9000)
GROSS_KG: Final = Decimal(49000)
"""A truck of the demo, empty and with as much as the road bears."""
FILED_FROM: Final = "2026-01-01"


@dataclass(frozen=True)
class Filed:
    """Who was filed, by the identifiers the window gave them."""

    officers: Mapping[str, str]
    """Who inspects, by id: at which port."""
    risk_officers: Mapping[str, Sequence[str]]
    """Two of every port, whom no draw takes."""
    bank_keys: Mapping[str, OKPKey]
    ports: Sequence[str]


async def file_everybody(parties: Parties, day: Day) -> Filed:
    """Residents, groups, mandates, sellers, officers, banks, who signs for them, the factory."""
    office = Office.of(parties)
    ports = sorted({lot["port"] for lot in day.lots})
    for port in ports:
        await _open_replay(parties, office, port, day, banks=port == ports[0])
    await _file_people(office, day)
    await _file_sellers(office, day)
    await _file_trucks(office.registrar, day)
    await _file_factory(office, day, ports[0])
    keys = await _file_banks(office)
    await _file_payer_accounts(office, day)
    officers = await _file_officers(office, ports)
    risk = {port: await file_desk(office, port, "R") for port in ports}
    return Filed(officers, risk, keys, ports)


async def _open_replay(
    parties: Parties, office: Office, port: str, day: Day, *, banks: bool
) -> None:
    """Two policy officers let a port play a day of the past, for this week, and take mandates at
    once: the day's residents are nobody who could look at them for a day. Of one port they do the
    same for who signs for ``banks``, for good: no time in which nothing holds may follow.

    What is declared there meanwhile is marked as a replay in the record.
    """
    today = business_day(datetime.now(UTC))
    for_a_week = {
        "authority": "SAMPLE: a day played from files",
        "effective_from": today.isoformat(),
        "effective_to": (today + timedelta(days=7)).isoformat(),
    }
    age = max((today - day.business_on).days, 0) + 7
    author, approver = (
        parties.act_as("policy_officer", f"officer:{officer}", port=port)
        for officer in await file_desk(office, port, "L")
    )
    rows: list[dict[str, Any]] = [
        {"key": "hushi.entry_age_max_days", "scope": f"replay:{port}", "value": age, **for_a_week},
        {"key": "registry.mandate_cooling_h", "scope": port, "value": 0, **for_a_week},
    ]
    if banks:
        for_good = {name: for_a_week[name] for name in ("authority", "effective_from")}
        rows.append({"key": "registry.signatory_cooling_h", "value": 0, **for_good})
    for row in rows:
        proposed = await author.post("/law/v1/policy", row)
        await approver.sign(f"/law/v1/policy/{proposed['policy_id']}", "approval")


async def file_desk(office: Office, port: str, kind: str) -> list[str]:
    """File two officers of a port with no skill, so that no draw takes them; their ids."""
    badges = [f"{kind}-{port}-{number}" for number in (1, 2)]
    rows = [{"badge_no": b, "name": "样本关员", "port": port, "team": "T1"} for b in badges]
    await office.file("officers", rows)
    found = [
        await office.registrar.get("/registry/v1/officers", badge_no=badge) for badge in badges
    ]
    return [str(page["items"][0]["officer_id"]) for page in found]


async def _file_people(office: Office, day: Day) -> None:
    people = [{k: v for k, v in r.items() if k != "group_code"} for r in day.residents]
    members = [
        {
            "group_code": r["group_code"],
            "resident_no": r["resident_no"],
            "joined_on": r["filed_on"],
        }
        for r in day.residents
        if r["group_code"]
    ]
    mandates = [
        {"group_code": m["group_code"], "resident_no": m["resident_no"], "given_on": m["joined_on"]}
        for m in members
    ]
    await office.file("residents", people)
    await office.file("groups", [dict(g) for g in day.groups])
    await office.file("memberships", members)
    await office.file("mandates", mandates)


async def _file_sellers(office: Office, day: Day) -> None:
    sellers = {lot["seller"]: lot for lot in day.lots}
    rows = [
        {
            "seller_code": f"SELLER-{number:05d}",
            "name": name,
            "country": lot["shipped_from"],
            "bank_bic": lot["seller_bank_bic"],
            "account": f"9704{number:012d}",
        }
        for number, (name, lot) in enumerate(sellers.items(), 1)
    ]
    await office.file("sellers", rows)


def carrier_of(lot: Row) -> str:
    """Whose truck brought a lot: in the demo each truck is a carrier of its own."""
    plate = "".join(c for c in lot["vehicle_plate"] if c.isascii() and c.isalnum())
    return f"carrier:{plate}"


async def _file_trucks(registrar: Party, day: Day) -> None:
    """Every truck's entry declarations: for the entries of its lots, and for its manifests now."""
    loads: dict[str, Decimal] = {}
    for lot in day.lots:
        load = max(Decimal(lot["manifest_kg"]), Decimal(lot["gross_kg"]))
        loads[carrier_of(lot)] = max(load, loads.get(carrier_of(lot), Decimal(0)))
    rows, ports = {}, sorted({lot["port"] for lot in day.lots})
    for lot in day.lots:
        rated = min(loads[carrier_of(lot)], GROSS_KG - 1)
        # One that comes to several ports declares itself to each.
        now = datetime.now(UTC) - timedelta(minutes=ports.index(lot["port"]))
        for moment in (datetime.fromisoformat(lot["entered_at"]), now):
            declared_at = (moment - timedelta(hours=1)).isoformat(timespec="seconds")
            rows[lot["vehicle_plate"], declared_at] = {
                "domestic_plate": lot["vehicle_plate"],
                "foreign_plate": lot["foreign_plate"],
                "port": lot["port"],
                "declared_at": declared_at,
                "rated_load_kg": str(rated),
                "tare_kg": str(max(min(TARE_KG, GROSS_KG - rated), Decimal(1))),
                "carrier": carrier_of(lot),
            }
    await registrar.file("/gate/v1/vehicles", list(rows.values()), 1000)


async def _file_factory(office: Office, day: Day, port: str) -> None:
    credit = "914506001234567" + "89"
    enterprise = {
        "enterprise_code": FACTORY,
        "credit_code": credit + uscc.calc_check_digit(credit),
        "name": "样本边境加工有限公司",
        "port": port,
    }
    await office.file("enterprises", [enterprise])
    headings = sorted({lot["hs_code"][:6] for lot in day.lots})
    rows = [
        {
            "enterprise_code": FACTORY,
            "hs_prefix": heading,
            "filed_from": FILED_FROM,
            "yearly_capacity_kg": "100000000",
            "filing_no": f"SAMPLE-{heading}",
        }
        for heading in headings
    ]
    await office.file("processing-filings", rows)


async def _file_banks(office: Office) -> dict[str, OKPKey]:
    keys = {bic: OKPKey.generate_key("Ed25519") for bic, _ in BANKS}
    rows = [
        {
            "bic": bic,
            "name": name,
            "public_key": keys[bic].as_dict(private=False),
            "rota_order": order,
            "currencies": ["CNY", "VND"],
        }
        for order, (bic, name) in enumerate(BANKS, 1)
    ]
    await office.file("banks", rows)
    signatories = [
        {"party": f"bank:{bic}", "subject": f"{bic}-compliance-{number}", "duty": "compliance"}
        for bic, _ in BANKS
        for number in (1, 2)
    ]
    await office.file("signatories", signatories)
    return keys


async def _file_payer_accounts(office: Office, day: Day) -> None:
    """Every group's account at every bank: whichever is on duty debits it."""
    rows = [
        {
            "party": f"group:{group['group_code']}",
            "bank_bic": bic,
            "account": f"62284{bank}{_number_of(group['group_code']):012d}",
            "holder": f"Mutual Aid Group {group['group_code']} (sample)",
            "town": "Dongxing",
        }
        for group in day.groups
        for bank, (bic, _) in enumerate(BANKS)
    ]
    await office.file("payer-accounts", rows)


def _number_of(code: str) -> int:
    """Of twelve digits, the same on every day: an account is one group's."""
    return int.from_bytes(sha256(code.encode()).digest()) % 10**12


async def _file_officers(office: Office, ports: Sequence[str]) -> dict[str, str]:
    rows = [
        {
            "badge_no": f"{port[:4]}{number:04d}",
            "name": "样本关员",
            "port": port,
            "team": f"T{number % 2 + 1}",
            "skills": ["document", "inspection", "aeo"],
        }
        for port in ports
        for number in range(1, OFFICERS + 1)
    ]
    await office.file("officers", rows)
    badges = {row["badge_no"] for row in rows}
    ports_by_officer = {}
    cursor: dict[str, str] = {}
    while True:
        page = await office.registrar.get("/registry/v1/officers", limit=200, **cursor)
        found = {o["officer_id"]: o["port"] for o in page["items"] if o["badge_no"] in badges}
        ports_by_officer.update(found)
        if page["next_cursor"] is None:
            return ports_by_officer
        cursor = {"cursor": page["next_cursor"]}
