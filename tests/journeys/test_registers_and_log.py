"""A register changed by hand, each deciding column in turn: verify names the record."""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.law import ENTRIES_AS_THEY_ARE, LAW_AS_IT_IS, differing_law
from deploy.operate.verify.registers import REGISTERS, differing_registers, unvouched
from deploy.sandbox.office import Office
from migrations.apply import load_tables
from migrations.filed import HERE, filed_ids
from services.kernel.identifiers import case_uuid, show
from services.platform.database import metadata
from tests.acts.registers import a_key, bank_filed
from tests.architecture.routes import sample_requests
from tests.support.harbour import Harbour, open_port
from tests.support.numbers import credit_code, fresh, fresh_letters
from tests.support.on_file import officer_filed, officers_as
from tests.support.tampering import change
from tests.support.tampering import found as of_case

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
    "commodities": {"hs_code"},
    "port_origins": {"port", "country"},
    "goods_restrictions": {"kind", "hs_prefix"},
}
"""By what a record is called, where that is not its table's own key; changed, it is another's."""
BESIDE: Final = {("banks", "key_until"), ("bank_keys", "confirm_from")}
"""The first is compared with the bank's later keys, the second while the key waits."""


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
    payer = {"party": f"group:{group.code}", "bank_bic": bic, "town": "Dongxing"}
    for called, file in (("payer-accounts", window.on_file), ("payer_account", window.changed)):
        await file(called, {**payer, "holder": "A", "account": uuid4().hex})
    port = "P" + "".join(random.choices(string.ascii_uppercase, k=7))
    names = {"name_zh": "口岸", "name_en": "Port", "customs_office": "7208"}
    await window.on_file("ports", {"port": port, **names})
    badge = f"B{uid}"
    officer = {"badge_no": badge, "name": "O", "port": port, "team": "T", "skills": ["supervise"]}
    await window.on_file("officers", officer)
    conflict = {"badge_no": badge, "party": f"group:{group.code}"}
    await window.on_file("conflicts", {**conflict, "declared_on": "2026-01-01"})
    await filed_for_duty(harbour, badge, port)
    firm = f"45{fresh(8)}"
    firm_row = sample_requests()["POST /registry/v1/enterprises"]["rows"][0]
    named = {"enterprise_code": firm, "credit_code": credit_code(), "port": port}
    await window.on_file("enterprises", {**firm_row, **named})
    filing = {"enterprise_code": firm, "hs_prefix": "0801", "filed_from": "2026-01-01"}
    filing |= {"yearly_capacity_kg": "1000", "filing_no": uid}
    await window.on_file("processing-filings", filing)
    seller = {"seller_code": f"S-{uid}", "name": f"Seller {uid}", "country": "VN"}
    for called, file in (("sellers", window.on_file), ("seller", window.changed)):
        await file(called, {**seller, "bank_bic": "BFTVVNVX", "account": uuid4().hex})
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
    return fresh_letters(4) + "CNBJ"


LINE: Final = f"9{fresh(7)}"


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


@pytest.mark.proof(keep=50)
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


async def test_a_name_added_to_those_before_is_named_and_so_is_a_second_word_on_them(
    filed: dict[str, str], by_hand: AsyncConnection
) -> None:
    before = set(await found(by_hand))
    forged = uuid4().hex[:8]
    await by_hand.execute(
        text(
            "INSERT INTO sellers (seller_code, code_key, name, name_key, country, bank_bic,"
            " account) VALUES (:code, :code, :code, :code, 'VN', 'BFTVVNVX', '1')"
        ),
        {"code": forged},
    )
    # The window's own word, said again of whatever somebody made since, vouches for nothing.
    await by_hand.execute(
        text(
            "SELECT append_event(:case, 'imp', 'RecordsFound', 'find', :actor, :body, now(), NULL,"
            " CAST('tw_registry' AS name))"
        ),
        {
            "case": uuid4(),
            "actor": '{"party":"platform:tradewindow","role":"system","subject":"tradewindow"}',
            "body": json.dumps(
                {
                    "kind": "records_before",
                    "count": 1,
                    "digests": {"sellers": {forged: "0" * 32}, "records_before": {"all": "0" * 32}},
                }
            ),
        },
    )
    assert set(await found(by_hand)) - before == {
        (f"sellers: {forged}", "is in no filing of the log")
    }
    await by_hand.execute(text("ALTER TABLE records_before DISABLE TRIGGER records_before_stay"))
    await by_hand.execute(
        text("INSERT INTO records_before VALUES ('sellers', :code)"), {"code": forged}
    )
    assert set(await found(by_hand)) - before == {
        ("records_before", "is not the list of what was on file before")
    }


async def test_the_law_that_versions_file_is_known_and_one_changed_by_hand_is_named(
    by_hand: AsyncConnection,
) -> None:
    tx: Any = Elsewhere(by_hand)
    rows = await by_hand.execute(text(f"{LAW_AS_IT_IS} ORDER BY policy_id"))
    filed = filed_ids("policy_parameters")
    now = {
        str(row.policy_id): {"digest": row.digest, "key": row.key, "scope": row.scope}
        for row in rows
        if str(row.policy_id) in filed
    }
    kept = json.loads((HERE / "filed_law.json").read_text())
    assert kept == now, json.dumps(now, indent=1)
    assert [one async for one in differing_law(tx)] == []
    await by_hand.execute(text("ALTER TABLE policy_parameters DISABLE TRIGGER USER"))
    quota = "019b76da-a800-7b18-99e9-b42df361a537"
    other = "policy_parameters is not what the version filed"
    ended = "policy_parameters ends where nobody has ended it"
    for columns, what in (
        ("approved_at = NULL, approved_by = NULL", ended),
        ("effective_to = date '2020-01-01'", ended),
        ("value = CAST('\"80000.00\"' AS jsonb)", other),
        ("authority = 'somebody'", other),
        ("effective_from = date '2008-11-02'", other),
        (None, "policy_parameters has no row of what the version filed"),
    ):
        changing = await by_hand.begin_nested()
        act = "DELETE FROM" if columns is None else "UPDATE"
        said = "" if columns is None else f"SET {columns}"
        await by_hand.execute(text(f"{act} policy_parameters {said} WHERE policy_id = '{quota}'"))
        found = [one async for one in differing_law(tx)]
        assert found == [(f"pol_{quota.replace('-', '')}", what)], columns
        await changing.rollback()


async def test_what_waits_may_not_be_confirmed_sooner_than_its_event_says(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    window, bic = harbour.window, await bank_filed(harbour.window)
    wish = {"public_key": a_key(), "overlap_hours": 24}
    key = (await window.registrar.post(f"/registry/v1/banks/{bic}/keys", wish))["key_id"]
    sample = sample_requests()["POST /registry/v1/banks"]["rows"][0]
    row = {**sample, "bic": a_bic(), "rota_order": None}
    filing = await window.registrar.post("/registry/v1/banks", {"rows": [row]})
    ours = {f"register_changes: {filing['filing_id']}", f"bank_keys: {key}"}
    assert not ours & {where for where, _ in await found(by_hand)}
    for table, named, case in (
        ("bank_keys", "key_id", key),
        ("register_changes", "change_id", filing["filing_id"]),
    ):
        await by_hand.execute(
            text(
                f"UPDATE {table} SET confirm_from = confirm_from - interval '1 second'"
                f" WHERE {named} = :id"
            ),
            {"id": case_uuid(str(case))},
        )
    # Nobody is concerned by a first bank: that is said too.
    assert await of_case(by_hand, str(filing["filing_id"])) == []
    said = {(where, what) for where, what in await found(by_hand) if where in ours}
    assert said == {(where, "may be confirmed from another time on") for where in ours}


ENDS: Final = "policy_parameters.effective_to is not what the log says"


async def test_a_parameter_ends_where_the_log_ends_it(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    """It was proposed with its end, ended by another, or holds on because that one was revoked."""
    port = await open_port(harbour.window, officers=0)
    two = await officers_as(harbour.window.parties, harbour.window.sql, "policy_officer")
    author, second = two
    row = {"key": "gate.weight_tolerance", "scope": port, "value": "0.05", "authority": "test"}
    ids = []
    for first in ("2097-01-01", "2098-01-01", "2099-01-01"):
        made = await author.post("/law/v1/policy", {**row, "effective_from": first})
        ids.append(str(made["policy_id"]))
        await second.post(f"/law/v1/policy/{ids[-1]}/approval")
    await author.post(f"/law/v1/policy/{ids[2]}/revocation", {"grounds": "mistaken"})
    await second.post(f"/law/v1/policy/{ids[2]}/revocation/decision", {"approve": True})
    tx: Any = Elsewhere(by_hand)
    assert not [one async for one in differing_law(tx) if one[0] in ids]
    await by_hand.execute(text("ALTER TABLE policy_parameters DISABLE TRIGGER USER"))
    moved = text("UPDATE policy_parameters SET effective_to = :ends WHERE policy_id = :id")
    for policy, year in zip(ids, (2097, 2098, 2100), strict=True):
        await by_hand.execute(moved, {"ends": date(year, 6, 1), "id": case_uuid(policy)})
    found = {one async for one in differing_law(tx) if one[0] in ids}
    assert found == {(policy, ENDS) for policy in ids}


async def test_the_entries_that_versions_list_are_known_and_one_changed_by_hand_is_named(
    by_hand: AsyncConnection,
) -> None:
    tx: Any = Elsewhere(by_hand)
    rows = await by_hand.execute(text(f"{ENTRIES_AS_THEY_ARE} ORDER BY entry_id"))
    filed = filed_ids("screening_entries")
    now = {str(row.entry_id): row.digest for row in rows if str(row.entry_id) in filed}
    kept = json.loads((HERE / "filed_entries.json").read_text())
    assert kept == now, json.dumps(now, indent=1)
    of, close = min(now), "screening_close_names WHERE entry_id"
    entry, other = show("scn", UUID(of)), "screening_entries is not what the version filed"
    for statements, what in (
        (
            (f"UPDATE screening_entries SET match_hash = sha256('x') WHERE entry_id = '{of}'",),
            other,
        ),
        ((f"UPDATE screening_entries SET bank_bic = 'X' WHERE entry_id = '{of}'",), other),
        ((f"DELETE FROM {close} = '{of}'",), other),
        (
            (
                "UPDATE screening_entries SET ending_by = 'a', ending_at = now(), ending_remark ="
                f" 'r', ended_by = 'b', ended_at = now() WHERE entry_id = '{of}'",
            ),
            "screening_entries has ended, and nobody has ended it",
        ),
        (
            (
                f"DELETE FROM {close} = '{of}'",
                f"DELETE FROM screening_entries WHERE entry_id = '{of}'",
            ),
            "screening_entries has no row of what the version filed",
        ),
    ):
        changing = await by_hand.begin_nested()
        for statement in statements:
            await by_hand.execute(text(statement))
        found = [one async for one in differing_law(tx)]
        assert found == [(entry, what)], statements
        await changing.rollback()
