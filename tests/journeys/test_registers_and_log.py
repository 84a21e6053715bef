"""A register changed by hand, each deciding column in turn: verify names the record."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify_registers import REGISTERS, differing_registers, unvouched
from deploy.sandbox.office import Office
from migrations.apply import load_tables
from services.platform.database import metadata
from tests.acts.registers import a_key
from tests.architecture.routes import sample_requests
from tests.journeys.test_records_and_log import by_hand
from tests.services.registry.test_parties import credit_code
from tests.support.harbour import Harbour
from tests.support.on_file import officer_filed
from tests.support.tampering import change

__all__ = ["by_hand"]
KEYS: Final = {
    "groups": {"code_key"},
    "sellers": {"code_key"},
    "memberships": {"group_code", "resident_id"},
    "mandates": {"group_code", "resident_id"},
    "conflicts": {"officer_id", "party"},
    "officer_duties": {"officer_id"},
    "officers": {"badge_no"},
    "pool_changes": {"filing_id", "place"},
    "processing_filings": {"enterprise_code", "hs_prefix"},
    "resident_filings": {"resident_id"},
    "rota_places": {"bic"},
    "bank_keys": {"bic"},
    "port_origins": {"port", "country"},
    "goods_restrictions": {"kind", "hs_prefix"},
}
"""By what a record is called, where that is not its table's own key; changed, it is another's."""
BESIDE: Final = {("banks", "key_until"), ("bank_keys", "confirm_from")}
"""The first is compared with the bank's later keys, the second named as not compared."""


class Elsewhere:
    """A connection whose rows come one after another, as a transaction's do."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def each(self, statement: Any, values: Any = None) -> Any:
        for row in (await self._connection.execute(statement, values or {})).all():
            yield row

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return await self._connection.execute(statement, values or {})


async def found(connection: AsyncConnection) -> list[tuple[str, str]]:
    """What verify says of registers."""
    tx: Any = Elsewhere(connection)
    return [one async for one in differing_registers(tx)]


def columns() -> Iterator[tuple[str, str]]:
    """Each deciding column of each register."""
    load_tables()
    for table in (metadata.tables[name] for name in REGISTERS):
        own = KEYS.get(table.name) or {c.name for c in table.primary_key}
        for column in table.columns:
            decides = column.computed is None and column.name not in own
            if decides and (table.name, column.name) not in BESIDE:
                yield table.name, column.name


@pytest.fixture(scope="module")
async def filed(harbour: Harbour) -> dict[str, str]:
    """A record in each register, filed as people file them: where it is."""
    window, uid = harbour.window, uuid4().hex[:8]
    office = Office.of(window.parties)
    group = await window.group(1)
    bank = {**sample_requests()["POST /registry/v1/banks"]["rows"][0], "bic": a_bic()}
    place = 500 + uuid4().int % 500
    await window.on_file("banks", {**bank, "rota_order": place})
    bic = str(bank["bic"])
    overlap = {"public_key": a_key(), "overlap_hours": 24}
    await office.registrar.post(f"/registry/v1/banks/{bic}/keys", overlap)
    who = {"party": f"bank:{bic}", "subject": uid, "duty": "compliance"}
    await window.on_file("signatories", who)
    account = {"account": f"{uuid4().int % 10**18:018d}", "holder": "A", "town": "Dongxing"}
    payer = {"party": f"group:{group.code}", "bank_bic": bic, **account}
    await window.on_file("payer-accounts", payer)
    port = "P" + "".join(random.choices(string.ascii_uppercase, k=7))
    names = {"name_zh": "口岸", "name_en": "Port", "customs_office": "7208"}
    await window.on_file("ports", {"port": port, **names})
    badge = f"B{uid}"
    officer = {"badge_no": badge, "name": "O", "port": port, "team": "T", "skills": ["supervise"]}
    await window.on_file("officers", officer)
    conflict = {"badge_no": badge, "party": f"group:{group.code}"}
    await window.on_file("conflicts", {**conflict, "declared_on": "2026-01-01"})
    await filed_for_duty(harbour, badge, port)
    firm = f"45{uuid4().int % 10**8:08d}"
    firm_row = sample_requests()["POST /registry/v1/enterprises"]["rows"][0]
    named = {"enterprise_code": firm, "credit_code": credit_code(), "port": port}
    await window.on_file("enterprises", {**firm_row, **named})
    filing = {"enterprise_code": firm, "hs_prefix": "0801", "filed_from": "2026-01-01"}
    filing |= {"yearly_capacity_kg": "1000", "filing_no": uid}
    await window.on_file("processing-filings", filing)
    seller = {"seller_code": f"S-{uid}", "name": f"Seller {uid}", "country": "VN"}
    await window.on_file("sellers", {**seller, "bank_bic": "BFTVVNVX", "account": "0011002299"})
    await law_filed(harbour, port, uid)
    of_group = f"group_code = '{group.code}'"
    resident = f"resident_id = (SELECT resident_id FROM memberships WHERE {of_group})"
    of_officer = f"officer_id = (SELECT officer_id FROM officers WHERE badge_no = '{badge}')"
    return {
        "ports": f"port = '{port}'",
        **dict.fromkeys(("residents", "resident_filings"), resident),
        **dict.fromkeys(("groups", "memberships", "mandates"), of_group),
        **dict.fromkeys(("enterprises", "processing_filings"), f"enterprise_code = '{firm}'"),
        "officers": f"badge_no = '{badge}'",
        **dict.fromkeys(("conflicts", "officer_duties", "pool_changes"), of_officer),
        **dict.fromkeys(("banks", "rota_places", "bank_keys"), f"bic = '{bic}'"),
        "signatories": f"subject = '{uid}'",
        "payer_accounts": f"bank_bic = '{bic}'",
        "sellers": f"seller_code = 'S-{uid}'",
        "commodities": f"hs_code = '{LINE}'",
        "port_origins": f"port = '{port}'",
        "goods_restrictions": f"authority = '{uid}'",
        "vehicles": f"port = '{port}'",
    }


def a_bic() -> str:
    return "".join(random.choices(string.ascii_uppercase, k=4)) + "CNBJ"


LINE: Final = f"9{uuid4().int % 10**7:07d}"


async def filed_for_duty(harbour: Harbour, badge: str, port: str) -> None:
    """A colleague who keeps the roster says that the officer is away."""
    window = harbour.window
    keeper = await officer_filed(window.sql, port, ("supervise",))
    roster = window.parties.act_as("officer", f"officer:{keeper}", port=port)
    away = {"badge_no": badge, "duty": "LEAVE", "from_on": "2099-01-01", "until_on": "2099-01-05"}
    await roster.post("/registry/v1/duties", {"rows": [away]})


async def law_filed(harbour: Harbour, port: str, uid: str) -> None:
    """A line of the tariff, an origin, a restriction, and a truck that comes."""
    window, registrar = harbour.window, harbour.window.registrar
    line = {"hs_code": LINE, "name_zh": "货", "name_en": "Goods", "perishable": False}
    await window.listed("commodities", line)
    day = {"effective_from": "2099-01-01", "authority": uid}
    await window.listed("port-origins", {"port": port, "country": "VN", **day})
    kept_out = {"kind": "NOT_EXEMPT", "hs_prefix": LINE, **day}
    await window.listed("goods-restrictions", kept_out)
    truck = sample_requests()["POST /gate/v1/vehicles"]["rows"][0]
    plates = {"domestic_plate": f"桂P{uid[:5].upper()}", "foreign_plate": f"14C-{uid}"}
    await registrar.post("/gate/v1/vehicles", {"rows": [{**truck, **plates, "port": port}]})


async def test_what_was_filed_is_what_the_log_says(
    filed: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert set(filed) == set(REGISTERS)
    for register, where in filed.items():
        assert await by_hand.scalar(text(f"SELECT count(*) FROM {register} WHERE {where}")), (
            register
        )
    ours = {name for where in filed.values() for name in re.findall("'([^']+)'", where)}
    assert not [one for one in await found(by_hand) if ours & set(one[0].split())]


@pytest.mark.parametrize(("register", "column"), list(columns()))
async def test_a_column_changed_by_hand_is_named(
    filed: dict[str, str], by_hand: AsyncConnection, register: str, column: str
) -> None:
    before = set(await found(by_hand))
    await change(by_hand, register, column, filed[register])
    new = set(await found(by_hand)) - before
    assert {where.partition(":")[0] for where, _ in new} == {register}
    assert {what for _, what in new} == {"is not what was filed"}


@pytest.mark.parametrize("register", REGISTERS)
async def test_a_record_that_is_gone_is_missed(
    filed: dict[str, str], by_hand: AsyncConnection, register: str
) -> None:
    before = set(await found(by_hand))
    await by_hand.execute(text(f"DELETE FROM {register} WHERE {filed[register]}"))
    new = set(await found(by_hand)) - before
    assert (register, "is not there, and was filed") in {
        (where.partition(":")[0], what) for where, what in new
    }


async def test_a_record_that_nobody_filed_is_named(by_hand: AsyncConnection) -> None:
    forged = uuid4().hex[:8]
    await by_hand.execute(
        text(
            "INSERT INTO sellers (seller_code, code_key, name, name_key, country, bank_bic,"
            " account) VALUES (:code, :code, :code, :code, 'VN', 'BFTVVNVX', '1')"
        ),
        {"code": forged},
    )
    assert (f"sellers: {forged}", "is in no filing of the log") in await found(by_hand)


async def test_what_was_on_file_before_is_counted_and_not_named(by_hand: AsyncConnection) -> None:
    tx: Any = Elsewhere(by_hand)
    before = await unvouched(tx)
    assert before > 0, "what the versions file themselves"
    assert ("ports: DONGXING", "is in no filing of the log") not in await found(by_hand)
