"""Who is on file: officers, enterprises, sellers, banks' signatories."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import randrange
from uuid import uuid4

import asyncpg

from deploy.sandbox.parties import Parties, Party
from services.kernel.canonical import name_key, number_key, party_key, plate_key
from services.kernel.identifiers import new_id, uuid_of
from services.platform.payer_accounts import PayerAccount
from services.platform.vault import Vault
from tests.support.numbers import fresh


async def officer_filed(
    sql: asyncpg.Pool, port: str, skills: tuple[str, ...] = (), officer_id: str | None = None
) -> str:
    """File an officer of a port, in service; the id. With no skill, nobody draws them."""
    officer_id = officer_id or new_id("ofc")
    await sql.execute(
        "INSERT INTO officers (officer_id, badge_no, sealed, port, team, skills)"
        " VALUES ($1, $2, '', $3, 'T1', $4)",
        uuid_of(officer_id, "ofc"),
        uuid4().hex[:12],
        port,
        list(skills),
    )
    return officer_id


async def badge_of(sql: asyncpg.Pool, officer_id: str) -> str:
    """An officer's badge."""
    badge: str = await sql.fetchval(
        "SELECT badge_no FROM officers WHERE officer_id = $1", uuid_of(officer_id, "ofc")
    )
    return badge


async def officer_knows(sql: asyncpg.Pool, officer_id: str, *skills: str) -> None:
    """From now on these are the skills of an officer, and no others."""
    await sql.execute(
        "UPDATE officers SET skills = $2 WHERE officer_id = $1",
        *(uuid_of(officer_id, "ofc"), list(skills)),
    )


async def group_filed(sql: asyncpg.Pool, port: str, name: str = "边民互助组") -> str:
    """File a group of a port by a name; its code."""
    code = f"G-{uuid4().hex[:12].upper()}"
    await sql.execute(
        "INSERT INTO groups (group_code, name, kind, port, code_key)"
        " VALUES ($1, $2, 'mutual_aid', $3, $4)",
        *(code, name, port, number_key(code)),
    )
    return code


async def officers_as(
    parties: Parties, sql: asyncpg.Pool, role: str, *, port: str = "DONGXING", number: int = 2
) -> list[Party]:
    """Fresh officers on file in a role: two, as a change of rules or of the law takes."""
    return [
        parties.act_as(role, f"officer:{await officer_filed(sql, port)}", port=port)
        for _ in range(number)
    ]


async def line_filed(sql: asyncpg.Pool, hs_code: str, *, perishable: bool = False) -> str:
    """File a line of the tariff, that of some test alone; its code."""
    await sql.execute(
        "INSERT INTO commodities (hs_code, name_zh, name_en, perishable, sample)"
        " VALUES ($1, $1, $1, $2, true) ON CONFLICT DO NOTHING",
        hs_code,
        perishable,
    )
    return hs_code


async def replayed(sql: asyncpg.Pool, port: str) -> None:
    """A port plays days of the past: its lots may have entered on any day of ten years."""
    await sql.execute(
        "INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,"
        " proposed_by, approved_by, approved_at) VALUES ($1, 'hushi.entry_age_max_days', $2,"
        " '3650', 'test', '2020-01-01', 'a', 'b', now()) ON CONFLICT DO NOTHING",
        uuid4(),
        f"replay:{port}",
    )


async def signatory_file(sql: asyncpg.Pool, party: str, person: str, duty: str) -> None:
    """File a person as somebody's signatory, put there as the registry service would."""
    await sql.execute(
        "INSERT INTO signatories (party, subject, duty, active) VALUES ($1, $2, $3, true)"
        " ON CONFLICT (party, subject, duty) DO UPDATE SET active = true",
        party,
        person,
        duty,
    )


async def enterprise_filed(sql: asyncpg.Pool, port: str) -> str:
    """A fresh enterprise at a port; its code."""
    code = fresh(10)
    await sql.execute(
        "INSERT INTO enterprises (enterprise_code, credit_code, name, port)"
        " VALUES ($1, $2, 'Sample', $3)",
        *(code, f"91450681{code}", port),
    )
    return code


def foreign_of(plate: str) -> str:
    """The foreign plate that a truck of the tests is filed with, unless they say another."""
    return f"14C-{plate_key(plate)[-5:]}"


async def truck_filed(
    sql: asyncpg.Pool,
    plate: str,
    port: str,
    *entered_at: datetime,
    carrier: str | None = "carrier:C1",
    foreign_plate: str | None = None,
    rated_load_kg: int = 40_000,
) -> None:
    """Entry declarations of a carrier's truck, in force at each of these moments.

    Its foreign plate is one of its own: that of 桂P12345 is 14C-12345.

    A plate is declared once at a moment, wherever that is: each port's is at one of its own.
    """
    foreign_plate = foreign_plate or foreign_of(plate)
    for moment in entered_at:
        declared_at = moment - timedelta(hours=1, microseconds=randrange(1_000_000_000))
        await sql.execute(
            "INSERT INTO vehicles (plate_key, carrier, domestic_plate, foreign_plate, port,"
            " declared_at, valid_until, rated_load_kg, tare_kg)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 9000) ON CONFLICT DO NOTHING",
            *(plate_key(plate), carrier, plate, foreign_plate, port),
            *(declared_at, moment + timedelta(hours=71), rated_load_kg),
        )


async def a_day_later(sql: asyncpg.Pool, port: str) -> None:
    """What was declared at a port of one's own and no gate saw was declared the day before."""
    day = "interval '1 day'"
    await sql.execute(
        f"UPDATE truck_loads SET entered_at = entered_at - {day} WHERE port = $1", port
    )
    await sql.execute(
        f"UPDATE lots SET business_on = business_on - 1, entered_at = entered_at - {day},"
        f" loaded_entries = ARRAY(SELECT e - {day} FROM unnest(loaded_entries) AS e)"
        " WHERE port = $1",
        port,
    )


async def seller_filed(
    sql: asyncpg.Pool,
    name: str,
    *,
    code: str | None = None,
    bic: str = "BFTVVNVX",
    account: str | None = None,
) -> None:
    """A seller across the border with an account of its own; one on file stays as it is."""
    code = code or f"S-{uuid4().hex[:12]}"
    account = account or fresh(13)
    await sql.execute(
        "INSERT INTO sellers (seller_code, code_key, name, name_key, country, bank_bic, account)"
        " VALUES ($1, $2, $3, $4, 'VN', $5, $6) ON CONFLICT DO NOTHING",
        code,
        number_key(code),
        name,
        name_key(name),
        bic,
        account,
    )


async def payer_account_filed(
    sql: asyncpg.Pool, vault: Vault, party: str, bic: str, account: PayerAccount
) -> None:
    """The account that a payer is debited at, as the registry would have it after two agreed."""
    await sql.execute(
        "INSERT INTO payer_accounts (party_key, bank_bic, party, sealed, account_hash)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (party_key, bank_bic)"
        " DO UPDATE SET sealed = excluded.sealed, account_hash = excluded.account_hash",
        *(party_key(party), bic, party, account.sealed(vault), account.hashed(bic, vault)),
    )


async def rota_begun(sql: asyncpg.Pool) -> None:
    """The rota as banks are filed now, as if it had been so from its first day."""
    await sql.execute("DELETE FROM rota_places")
    await sql.execute(
        "INSERT INTO rota_places (bic, rota_order, joined_on)"
        " SELECT bic, rota_order, '2020-01-06' FROM banks WHERE rota_order IS NOT NULL"
    )


async def rule_approved(
    author: Party, approver: Party, *, code: str, lane: str, goods: str
) -> None:
    """Two risk officers put a rule in force by which one commodity has a lane."""
    rule = {
        "code": code,
        "title": "test",
        "lane": lane,
        "expression": f"hs_code == '{goods}'",
        "example": {"hs_code": goods},
        "authority": "test",
        "effective_from": "2020-01-01",
    }
    proposed = await author.post("/risk/v1/rules", rule)
    await approver.post(f"/risk/v1/rules/{proposed['rule_id']}/decision", {"approve": True})
