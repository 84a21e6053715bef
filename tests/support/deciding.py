"""A case of each kind whose rows decide something, made as people make it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from services.accreditation.domain.rules.score import standards_for
from services.kernel.identifiers import case_uuid, show
from tests.support.answered import answered, on_duty_after_all
from tests.support.bench import BICS
from tests.support.cases import OPEN
from tests.support.deciding_anew import decided_anew
from tests.support.factory import P, factory_filed, released
from tests.support.gone import given_back
from tests.support.harbour import PASSED, RED_GOODS, Harbour, open_port
from tests.support.on_file import officer_filed, officer_knows, officers_as, signatory_file
from tests.support.one_day import today
from tests.support.passkey import PASSKEYS, bound, new_phone
from tests.support.patience import LOOKS
from tests.support.paying import held_and_disputed, held_and_refused, quoted
from tests.support.quoting import published_before
from tests.support.two_persons import confirmed, listed
from tests.support.window import PORT

OF_A_SALE: Final = ("purchases", "purchase_incomes", "gate_passes", "sale_offers", "movements")
OF_PAYMENTS: Final = (
    *("settlement_instructions", "compliance_signatures", "bank_disputes", "screening_hits"),
    *("bank_statuses", "bank_reports", "payment_reports", "settlement_advices", "bank_messages"),
)
"""Of these one payment has rows to which everything has happened."""
_PAID_FOR: Final = "SELECT lot_id FROM settlement_instructions WHERE instruction_id = $1"


async def deciding_cases(harbour: Harbour) -> dict[str, str]:
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
        **dict.fromkeys(OF_A_SALE, sold),
        "drawdowns": paid_for,
        **dict.fromkeys(OF_PAYMENTS, await held_and_disputed(harbour)),
        "SettlementRefused": await held_and_refused(harbour),
        "ord": order,
        "ent": entry,
        "qte": quote,
        **(await quoted(harbour)),
        **(await decided_anew(harbour)),
        "ins": lot["order_id"],
        "stl": payment,
        **dict.fromkeys(("PaymentGoodsGone", "PaymentReturned"), await given_back(harbour)),
        "ans": await answered(harbour, payment),
        "abs": await on_duty_after_all(harbour, BICS[0], "2026-12-24"),
        "ctl": set_["control_id"],
        "pol": proposed["policy_id"],
        "rul": f"rul_{rule_id.hex}",
        "man": f"man_{manifest_id.hex}",
        "aeo": await revoked(harbour),
        "call_ins": await called_in(harbour),
        "crd": await levelled(harbour),
        "alerts": await alerted(harbour),
        "bok": book,
        "closed": await closed_book(harbour),
        "nmr": await disowned(harbour),
        "pky": await ended(harbour),
        "imp": await confirmed(harbour),
        "law_filings": await listed(harbour),
        "scn": await unlisted(harbour),
    }


async def called_in(harbour: Harbour) -> str:
    """A released lot that an officer wants to see after all."""
    lot_id = await harbour.released(await harbour.group(1), values=["10.00"])
    officer = harbour.officer(await harbour.hire())
    await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal is broken"})
    return lot_id


async def disowned(harbour: Harbour) -> str:
    """A use of a name that two registrars found not to be its bearer's."""
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    phone = await harbour.window.phone(group.residents[0])
    said = await phone.post(f"/declaration/v1/lots/{lot_id}/name-reports")
    path = f"/declaration/v1/name-reports/{said['report_id']}"
    for person, act, word in (
        ("finds", "findings", {"found": "no consent on paper"}),
        ("decides", "decision", {"uphold": True}),
    ):
        office = harbour.window.parties.act_as("registrar", "platform:registrar", subject=person)
        await office.post(f"{path}/{act}", word)
    return str(said["report_id"])


async def levelled(harbour: Harbour) -> str:
    """A level that two officers put in force."""
    group = await harbour.group(1)
    year = {"count": 12, "documents": 9000, "fines": "1200000.00"}
    path, body = "/accreditation/v1/credit-levels", {"level": "DISHONEST", "grounds": "VIOLATIONS"}
    first, second = [harbour.officer(await harbour.hire()) for _ in range(2)]
    party = f"group:{group.code}"
    proposed = await first.post(path, {**body, "party": party, "violations": year})
    credit_id = str(proposed["credit_id"])
    await second.post(f"{path}/{credit_id}/countersignature", {"agree": True})
    return credit_id


async def alerted(harbour: Harbour) -> str:
    """A book into which less was received than was bought, under a broken seal."""
    factory = await factory_filed(harbour.window)
    book_id = await factory.open_book()
    group = await harbour.window.group(1)
    purchase_id = await factory.buy(await released(harbour.window, group, kg_each="100"))
    await factory.dispatch(purchase_id)
    await factory.receive(purchase_id, book_id, "50", seal_intact=False)
    return book_id


async def unlisted(harbour: Harbour) -> str:
    """An entry of a bank's screening list that two of its persons have ended."""
    path, bank = "/settlement/v1/screening-entries", f"bank:{BICS[0]}"
    entry = {"list_name": "OWN", "reference": uuid4().hex, "kind": "NAME", "value": uuid4().hex}
    people = []
    for person in ("unlists-a", "unlists-b"):
        await signatory_file(harbour.window.sql, bank, person, "compliance")
        people.append(harbour.window.parties.act_as("bank_compliance", bank, subject=person))
    entry_id = str((await people[0].post(path, entry))["entry_id"])
    for one in people:
        await one.post(f"{path}/{entry_id}/ending", {"remark": "lifted"})
    return entry_id


async def ended(harbour: Harbour) -> str:
    """A passkey that was bound, and ended by its holder."""
    (number,) = (await harbour.group(1)).residents
    # From when it counts stands in its event: no time is said by hand to have gone by.
    holder, passkey = await bound(harbour.window, number, new_phone(harbour.window), seen=False)
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
    for _ in range(LOOKS):
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


async def closed_book(harbour: Harbour) -> str:
    """A book that was counted and closed before its last day."""
    factory = await factory_filed(harbour.window)
    book_id = await factory.open_book()
    closed = await factory.party.post(f"{P}/books/{book_id}/closing", {"closing_kg": {}})
    assert closed["state"] == "CLOSED"
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


@pytest.fixture(scope="session")
async def told(harbour: Harbour) -> dict[str, str]:
    """A case of each kind whose rows decide, by its prefix, or by a table that not all have."""
    return await deciding_cases(harbour)
