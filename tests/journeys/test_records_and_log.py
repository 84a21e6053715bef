"""A table changed by hand, each deciding column in turn: verify names it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.operate.data_directory import Endpoints
from deploy.operate.kept import Kept
from deploy.operate.verify_quota import differing_quota
from deploy.operate.verify_records import KEPT, not_compared
from deploy.operate.verify_sums import BALANCES, Balance
from migrations.apply import deciding_tables
from services.accreditation.domain.rules.score import standards_for
from services.declaration.domain.declared import COLUMNS
from services.kernel.identifiers import case_uuid, show
from services.settlement.domain.instructed import COLUMNS as INSTRUCTED
from tests.support.answered import answered
from tests.support.cases import OPEN
from tests.support.factory import P, factory_filed, today
from tests.support.harbour import PASSED, RED_GOODS, Harbour, open_port
from tests.support.on_file import officer_filed, officer_knows, officers_as
from tests.support.passkey import PASSKEYS, bound, new_phone
from tests.support.quoting import published_before
from tests.support.tampering import change, found
from tests.support.two_persons import confirmed, listed
from tests.support.window import PORT

BELOW: Final = {
    ("lots", "value"): "value_minor",
    ("register_changes", "content"): "sealed",
    ("law_filings", "content"): "rows",
    ("settlement_instructions", "amount"): "amount_minor",
    ("settlement_instructions", "paid"): "paid_minor",
    ("risk_rules", "retired"): "retired_by",
    ("purchases", "price"): "price_minor",
    ("firm_quotes", "gives"): "gives_minor",
    ("firm_quotes", "gets"): "gets_minor",
    ("hand_answers", "persons"): "ended_by",
    ("drawdowns", "reserved"): "reserved_minor",
    ("drawdowns", "paid"): "paid_minor",
}
"""Columns that a view shows in another form than the table keeps them."""
DIGEST: Final = "lots or tickets say otherwise than was declared: their digest is another one"
PAID_OTHERWISE: Final = "settlement_instructions pays or debits another account than was instructed"
NOT_BOUND_TO: Final = "settlement_instructions pays another account than its lot is bound to"
_PAID_FOR: Final = "SELECT lot_id FROM settlement_instructions WHERE instruction_id = $1"
TICKET: Final = ("resident_id", "net_kg", "value_minor", "line_no")


def columns() -> Iterator[tuple[Kept, str, str]]:
    """Each deciding column, by the event that vouches for it in the cases of these tests."""
    for kept in KEPT:
        for type_, says in kept.says.items():
            if type_ == "InspectionUnstaffed":
                continue
            for column in says:
                yield kept, type_, column.name


@pytest.fixture(scope="module")
async def told(harbour: Harbour) -> dict[str, str]:
    """A case of each kind whose rows decide, by its prefix, or by a table that not all have."""
    window = harbour.window
    live = Harbour(window, await open_port(window, replays=False))
    number = await live.manifest("500")
    lot = await amended(live, manifest_no=number)
    await live.dispose(lot["order_id"], PASSED)
    await harbour.until(harbour.auditor, lot["lot_id"], "RELEASED")
    payment = await OPEN["stl"](harbour)
    risk, second = await officers_as(window.parties, window.sql, "risk_officer")
    control = {"kind": "vehicle_plate", "value": uuid4().hex[:8], "lane": "RED", "grounds": "t"}
    days = {"effective_from": "2020-01-01", "effective_to": "2020-01-02"}
    set_ = await risk.post("/risk/v1/controls", {**control, **days})
    await second.post(f"/risk/v1/controls/{set_['control_id']}/lift")
    policy, other = await officers_as(window.parties, window.sql, "policy_officer")
    nowhere = await open_port(window, officers=0)
    proposal = {"key": "gate.weight_tolerance", "scope": nowhere, "value": "0.05"}
    proposed = await policy.post(
        "/law/v1/policy", {**proposal, "authority": "test", "effective_from": "2099-01-01"}
    )
    await other.post(f"/law/v1/policy/{proposed['policy_id']}/approval")
    rule_id: UUID = await window.sql.fetchval("SELECT rule_id FROM risk_rules LIMIT 1")
    manifest_id: UUID = await window.sql.fetchval(
        "SELECT manifest_id FROM manifests WHERE manifest_no = $1", number
    )
    book = await kept_book(harbour)
    sold, order, entry, quote = await dealt(harbour, book)
    paid_for = show("lot", await window.sql.fetchval(_PAID_FOR, case_uuid(payment)))
    return {
        "lot": lot["lot_id"],
        **dict.fromkeys(("purchases", "gate_passes"), sold),
        "drawdowns": paid_for,
        "ord": order,
        "ent": entry,
        "qte": quote,
        "ins": lot["order_id"],
        "stl": payment,
        "ans": await answered(harbour, payment),
        "ctl": set_["control_id"],
        "pol": proposed["policy_id"],
        "rul": f"rul_{rule_id.hex}",
        "man": f"man_{manifest_id.hex}",
        "aeo": await revoked(harbour),
        "bok": book,
        "pky": await ended(harbour),
        "imp": await confirmed(harbour),
        "law_filings": await listed(harbour),
    }


async def ended(harbour: Harbour) -> str:
    """A passkey that was bound, and ended by its holder."""
    (number,) = (await harbour.group(1)).residents
    holder, passkey = await bound(harbour.window, number, new_phone(harbour.window))
    passkey_id = str(passkey["passkey_id"])
    await holder.post(f"{PASSKEYS}/{passkey_id}/ending", {})
    return passkey_id


async def revoked(harbour: Harbour) -> str:
    """An accreditation that was certified and lost again."""
    window, path = harbour.window, "/accreditation/v1/accreditations"
    enterprise = await harbour.factory()
    desk = [await officer_filed(window.sql, harbour.port) for _ in range(2)]
    chief, deputy = map(harbour.officer, desk)
    for _ in range(2):
        await harbour.hire()
    marks = dict.fromkeys(sorted(standards_for(("PROCESSING",))), "MET")
    applied = await enterprise.post(path, {"level": "ADVANCED", "trades": ["PROCESSING"]})
    aeo_id = str(applied["accreditation_id"])
    path = f"{path}/{aeo_id}"
    await chief.post(f"{path}/acceptance", {"accept": True})
    await enterprise.post(f"{path}/self-assessment", {"marks": marks})
    for _ in range(400):
        if (case := await harbour.auditor.get(path))["state"] == "ON_SITE":
            break
        await asyncio.sleep(0.05)
    examiner, other = map(harbour.officer, case["examiners"])
    await examiner.post(f"{path}/on-site-report", {"marks": marks, "opinion": "seen"})
    await other.post(f"{path}/on-site-report/countersignature", {"agree": True})
    for officer in desk:
        await officer_knows(window.sql, officer, "aeo")
    for decision in ({"kind": "CERTIFY"}, {"kind": "DOWNGRADE", "level": "ORDINARY"}):
        await chief.post(f"{path}/decision", {**decision, "grounds": "g"})
        await deputy.post(f"{path}/countersignature", {"agree": True})
    return aeo_id


async def kept_book(harbour: Harbour) -> str:
    """A book with goods received, products, scrap, and a report taken back."""
    factory = await factory_filed(harbour.window)
    book_id = await factory.stocked_book(await harbour.window.group(3), "1000")
    path = f"{P}/books/{book_id}"
    again = {"product_hs": "08013200", "material_hs": "08013100", "loss_rate": "0.15"}
    for net, decision in (("3.30", "REFUSE"), ("3.20", "CONSENT")):
        body = {"kind": "CONSUMPTION", "grounds": "a nought too many", "net": net, **again}
        asked = await factory.party.post(f"{path}/corrections", body)
        badge = await officer_filed(harbour.window.sql, PORT)
        officer = harbour.window.parties.act_as("officer", f"officer:{badge}", port=PORT)
        word = {"decision": decision, "reason": "seen"}
        await officer.post(f"{P}/corrections/{asked['correction_id']}/decision", word)
    made = (await factory.produce(book_id, "10", reference="R-1")).json()
    await factory.party.post(f"{path}/outputs/{made['output_id']}/reversal")
    scrap = {"material_hs": "08013100", "scrap_kg": "1", "produced_on": f"{today()}"}
    await factory.party.post(f"{path}/scrap", scrap)
    return book_id


async def dealt(harbour: Harbour, book_id: str) -> tuple[str, str, str, str]:
    """The lot that a book received, the order it was bought under, an entry, a locked price."""
    sql = harbour.window.sql
    bought = await sql.fetchrow(
        "SELECT lot_id, order_id FROM purchases JOIN receipts USING (purchase_id)"
        " WHERE book_id = $1",
        case_uuid(book_id),
    )
    assert bought is not None
    entry = await harbour.gate.post("/gate/v1/entries", {"vehicle_plate": "桂FB3107"})
    await published_before(sql, timedelta(minutes=1), "3560")
    wish = {"amount": "10.00", "currency": "CNY", "pay_currency": "VND"}
    quote = await (await harbour.group()).clerk.post("/settlement/v1/firm-quotes", wish)
    ids = show("lot", bought["lot_id"]), show("ord", bought["order_id"])
    return *ids, entry["entry_id"], quote["quote_id"]


async def amended(live: Harbour, **changes: Any) -> dict[str, Any]:
    """A lot that was amended before it was inspected, as its clerk sees it."""
    group = await live.group()
    entered_at = datetime.now(UTC).isoformat()
    how = {"hs_code": RED_GOODS, "values": ["10.00"], "entered_at": entered_at, **changes}
    lot_id = await live.accepted(group, **how)
    path = f"/declaration/v1/lots/{lot_id}"
    lot = await group.clerk.post(f"{path}/amendments", {"gross_kg": "120"})
    read = {"If-Match": f'"{lot["version"]}"'}
    await group.clerk.post(f"{path}/confirmations", {"by_mandate": True}, **read)
    return await live.until(group.clerk, lot_id, "IN_INSPECTION")


@pytest.fixture
async def by_hand(stack: Endpoints) -> AsyncIterator[AsyncConnection]:
    """As whoever has the database's own password works in it; undone in the end."""
    url = stack.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        await connection.rollback()
    await engine.dispose()


async def test_what_nobody_touched_says_what_the_log_says(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    # How a factory's lot was released these tests wrote themselves.
    ours = {of: case for of, case in told.items() if case != told["purchases"]}
    assert {of: await found(by_hand, case) for of, case in ours.items()} == {of: [] for of in ours}


@pytest.mark.parametrize(
    ("kept", "type_", "column"),
    tuple(columns()),
    ids=lambda v: v.table if isinstance(v, Kept) else str(v),
)
async def test_a_deciding_column_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, kept: Kept, type_: str, column: str
) -> None:
    case = told.get(kept.table) or told[kept.kind]
    where = f"{kept.key} = '{case_uuid(case)}'"
    await change(by_hand, kept.table, BELOW.get((kept.table, column), column), where)
    # By the last of its events that says it.
    named = [one.partition(" says")[0].split() for one in await found(by_hand, case)]
    said = [one[-1] for one in named if one[0] == f"{kept.table}.{column}"]
    assert said and (said[0] == type_ or column in {c.name for c in kept.says[said[0]]})


async def test_a_confirmation_vouches_for_no_other_answer_than_was_entered(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    of = {"case_id": case_uuid(told["ans"])}
    kept = await by_hand.scalar(
        text("SELECT encode(digest, 'hex') FROM hand_answers WHERE answer_id = :case_id"), of
    )
    forged = {**of, "kept": kept, "forged": hashlib.sha256(b"forged").hexdigest()}
    await by_hand.execute(
        text(
            "UPDATE hand_answers SET body = 'forged', digest = sha256('forged')"
            " WHERE answer_id = :case_id"
        ),
        of,
    )
    await by_hand.execute(
        text(
            "UPDATE events SET body = replace(body, :kept, :forged)"
            " WHERE case_id = :case_id AND type = 'BankAnswerConfirmed'"
        ),
        forged,
    )
    assert await found(by_hand, told["ans"]) == [
        "hand_answers.digest: BankAnswerEntered and BankAnswerConfirmed differ"
    ]


@pytest.mark.parametrize("column", COLUMNS)
async def test_what_decides_of_a_lot_beside_its_event_is_vouched_for_by_a_digest(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "lots", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [DIGEST]


@pytest.mark.parametrize("column", TICKET)
async def test_a_ticket_changed_by_hand_is_found_by_the_digest_of_its_lot(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "tickets", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [DIGEST]


@pytest.mark.parametrize("column", [*INSTRUCTED, "payer_account"])
async def test_whom_a_payment_pays_and_debits_is_vouched_for_by_a_digest(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    where = f"instruction_id = '{case_uuid(told['stl'])}'"
    await change(by_hand, "settlement_instructions", column, where)
    assert PAID_OTHERWISE in await found(by_hand, told["stl"])


@pytest.mark.parametrize("column", ["seller_code", "seller_account", "seller_bank_bic"])
async def test_a_payment_of_before_pays_whom_its_lot_is_bound_to(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    of_case = f"WHERE case_id = '{case_uuid(told['stl'])}'"
    unsaid = "UPDATE events SET body = replace(body, '\"accounts\"', '\"unsaid\"')"
    await by_hand.execute(text(f"{unsaid} {of_case}"))
    assert await found(by_hand, told["stl"]) == []
    where = f"instruction_id = '{case_uuid(told['stl'])}'"
    await change(by_hand, "settlement_instructions", column, where)
    assert await found(by_hand, told["stl"]) == [NOT_BOUND_TO]


QUOTA: Final = "quota_days.{} is not what its lots' tickets and events say"


async def of_day(connection: AsyncConnection, resident: str) -> list[str]:
    """What verify says of a resident's quota."""
    by: Any = connection
    return [what async for where, what in differing_quota(by) if where.startswith(f"{resident},")]


@pytest.mark.parametrize("column", ["reserved_minor", "consumed_minor", "tickets"])
async def test_a_day_of_quota_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    of_lot = "SELECT resident_id FROM tickets WHERE lot_id = :lot_id LIMIT 1"
    resident: UUID = await by_hand.scalar(text(of_lot), {"lot_id": case_uuid(told["lot"])})
    assert await of_day(by_hand, show("res", resident)) == []
    await change(by_hand, "quota_days", column, f"resident_id = '{resident}'")
    assert await of_day(by_hand, show("res", resident)) == [QUOTA.format(column)]
    await by_hand.execute(text(f"DELETE FROM quota_days WHERE resident_id = '{resident}'"))
    assert await of_day(by_hand, show("res", resident)) == [
        "quota_days has no row of what its lots' tickets hold"
    ]


async def test_tickets_counted_at_a_port_and_changed_by_hand_are_named(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    of_lot = (
        "SELECT t.resident_id, l.port FROM tickets AS t JOIN lots AS l USING (lot_id)"
        " WHERE lot_id = :lot_id LIMIT 1"
    )
    row = (await by_hand.execute(text(of_lot), {"lot_id": case_uuid(told["lot"])})).one()
    await change(by_hand, "port_tickets", "tickets", f"resident_id = '{row.resident_id}'")
    assert await of_day(by_hand, show("res", row.resident_id)) == [
        f"port_tickets.tickets at {row.port} is not what its lots' tickets say"
    ]


@pytest.mark.parametrize(
    ("balance", "column"),
    [(one, column) for one in BALANCES for column in one.sums],
    ids=lambda v: v.table if isinstance(v, Balance) else v,
)
async def test_a_balance_changed_by_hand_is_not_the_sum_of_its_rows(
    told: dict[str, str], by_hand: AsyncConnection, balance: Balance, column: str
) -> None:
    case = told.get(balance.table) or told[balance.kind]
    where = f"{balance.key} = '{case_uuid(case)}'"
    await change(by_hand, balance.table, BELOW.get((balance.table, column), column), where)
    assert f"{balance.table}.{column} is not the sum of its rows" in await found(by_hand, case)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.table)
async def test_a_row_that_is_gone_is_missed(
    told: dict[str, str], by_hand: AsyncConnection, kept: Kept
) -> None:
    case = told.get(kept.table) or told[kept.kind]
    await by_hand.execute(text(f"DELETE FROM {kept.table} WHERE {kept.key} = '{case_uuid(case)}'"))
    gone = [what for what in await found(by_hand, case) if f"{kept.table} has no row" in what]
    assert gone


def test_a_table_of_which_nothing_is_compared_is_named() -> None:
    tables = deciding_tables()
    named = not_compared(tables)
    assert {"screening_entries", "capacity_years"} <= set(named)
    assert {"policy_parameters.effective_to", "risk_rules.effective_to"} <= set(named)
    assert {"books.period_to", "quota_days of days long past"} <= set(named)
    assert not {*(kept.table for kept in KEPT), "quota_days", "port_tickets"} & set(named)
    assert {kept.table for kept in KEPT} <= set(tables)
