"""A payment to which everything happens that its record keeps: held, let go, paid, disputed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from deploy.sandbox.parties import Party
from deploy.sandbox.token import token
from services.kernel.money import Money
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from tests.support.harbour import Harbour
from tests.support.on_file import seller_filed, signatory_file

S: Final = "/settlement/v1"
M: Final = "/market/v1"
PAIR: Final = "CNY/MMK"
"""No payment of these tests is made in it."""
PERSONS: Final = ("compliance-a", "compliance-b")


async def held_and_disputed(harbour: Harbour) -> str:
    """Held for a name that is close to a listed one, and kept back; held anew, as it was listed
    itself after one had signed, and let go by two; held when its bank would take it, as it was
    listed once more, and let go again; paid, and said otherwise afterwards; what is true of that
    two have found.
    """
    number = uuid4().hex
    seller, reference = f"Sample Listed {number}", f"L-{number}"
    case, bank = await held(harbour, seller, listing(f"Sample Lifted {number}", reference))
    # Its bank asks what waits for it while this is kept back.
    await bank.get(f"{S}/bank/messages", limit="200")
    both = await persons(harbour, bank.bic)
    path = f"{S}/instructions/{case}/compliance"
    await both[0].post(path, {"act": "release", "remark": "seen"})
    await both[0].post(f"{S}/screening-entries", listing(seller, reference))
    unseen = await both[1].try_post(path, {"act": "release", "remark": "seen"})
    assert unseen.json()["code"] == "HELD_ANEW"
    for person in both:
        await person.post(path, {"act": "release", "remark": "seen now"})
    await both[0].post(f"{S}/screening-entries", listing(seller, f"{reference}-2"))
    taken = await bank.get(f"{S}/bank/messages/msg_{await message_of(harbour, case)}")
    assert taken.json()["code"] == "HELD_ANEW"
    for person in both:
        await person.post(path, {"act": "release", "remark": "seen again"})
    for amount in ("100.00", "90.00"):
        await said(bank, case, await message_of(harbour, case), amount)
    (dispute,) = (await both[0].get(f"{S}/disputes?instruction_id={case}"))["items"]
    for person in both:
        found = {"finding": "RECORD_STANDS", "remark": "asked"}
        await person.post(f"{S}/disputes/{dispute['dispute_id']}/resolution", found)
    return case


async def held_and_refused(harbour: Harbour) -> str:
    """Held for a name, and refused by one."""
    seller = f"Sample Listed {uuid4().hex}"
    case, bank = await held(harbour, seller, listing(seller, uuid4().hex))
    (person, _) = await persons(harbour, bank.bic)
    refusal = {"act": "refuse", "remark": "the name is theirs"}
    await person.post(f"{S}/instructions/{case}/compliance", refusal)
    return case


def listing(name: str, reference: str) -> dict[str, str]:
    """An entry of a bank's own list."""
    return {"list_name": "OWN", "reference": reference, "kind": "NAME", "value": name}


async def held(harbour: Harbour, seller: str, entry: dict[str, str]) -> tuple[str, SignedClient]:
    """A payment held for its seller's name by an entry of each bank's list; its bank's system."""
    await seller_filed(harbour.window.sql, seller)
    for bic in await banks(harbour):
        (person, _) = await persons(harbour, bic)
        await person.post(f"{S}/screening-entries", entry)
    group = await harbour.group()
    lot_id = await harbour.released(group, values=["100.00"], seller=seller)
    payment = {"client_reference": lot_id[4:], "lot_id": lot_id, "amount": "100.00"}
    wish = {**payment, "currency": "CNY", "pay_currency": "CNY", "purpose_code": "GOD"}
    instructed = await group.clerk.post(f"{S}/instructions", wish)
    case, bic = str(instructed["instruction_id"]), str(instructed["bank_bic"])
    return case, await its_bank(harbour, bic)


async def banks(harbour: Harbour) -> list[str]:
    """Every bank on file: which one is on duty, the day says."""
    return [row["bic"] for row in await harbour.window.sql.fetch("SELECT bic FROM banks")]


async def persons(harbour: Harbour, bic: str) -> list[Party]:
    """Two persons of a bank's compliance."""
    window, bank = harbour.window, f"bank:{bic}"
    for person in PERSONS:
        await signatory_file(window.sql, bank, person, "compliance")
    return [window.parties.act_as("bank_compliance", bank, subject=one) for one in PERSONS]


async def its_bank(harbour: Harbour, bic: str) -> SignedClient:
    """A bank's own system, with a key beside those that it has."""
    window, party, key = harbour.window, f"bank:{bic}", OKPKey.generate_key("Ed25519")
    await window.sql.execute(
        "INSERT INTO bank_keys (key_id, bic, public_key, overlap_hours, state, proposed_by,"
        " proposed_at, decided_by, decided_at, valid_from)"
        " VALUES ($1, $2, $3, 0, 'APPROVED', 'a', now(), 'b', now(), now() - interval '1 hour')",
        *(uuid4(), bic, json.dumps(key.as_dict(private=False))),
    )
    bearer = token(window.parties.key, role="bank", party=party, subject=party, port=None)
    return SignedClient(window.parties.http, bic, bearer, key)


async def message_of(harbour: Harbour, case: str) -> str:
    """The number of a payment's message, without hyphens."""
    of = "SELECT message_id FROM bank_messages WHERE instruction_id = $1"
    message: Any = await harbour.window.sql.fetchval(of, case[4:])
    return str(message.hex)


async def said(bank: SignedClient, case: str, message: str, amount: str) -> None:
    """A bank says that it has paid."""
    status = Status(
        original_message=message,
        original_instruction=case[4:],
        code="ACSC",
        amount=Money.parse(amount, "CNY"),
    )
    report = payment_status.built(
        message_ref=uuid4().hex, created_at=datetime.now(UTC), from_bic=bank.bic, statuses=[status]
    )
    await bank.post(f"{S}/bank/statuses", report, "application/xml")


async def quoted(harbour: Harbour) -> dict[str, str]:
    """What a bank quoted in tiers and took back, and the price that was made of it."""
    await harbour.window.sql.execute(
        "INSERT INTO banks (bic, name, public_key, currencies)"
        " VALUES ('TSTQCNBJ', 'Test bank', '{}', '{CNY,MMK}') ON CONFLICT DO NOTHING"
    )
    bank = await its_bank(harbour, "TSTQCNBJ")
    # Beside the price of before, so that no bank alone has moved it.
    before = "SELECT mid FROM pooled_prices WHERE pair = $1 ORDER BY version DESC LIMIT 1"
    mid = await harbour.window.sql.fetchval(before, PAIR) or Decimal(300)
    tiers = [
        {"up_to": up_to, "bid": f"{mid - apart:f}", "ask": f"{mid + apart:f}"}
        for up_to, apart in (("1000", mid / 200), ("5000", mid / 100))
    ]
    wish = {"pair": PAIR, "volume": "5000", "tiers": tiers}
    posted = (await bank.post(f"{M}/quotes", json.dumps(wish).encode(), "application/json")).json()
    path = f"{M}/quotes/{posted['quote_id']}/withdrawal"
    await bank.post(path, b"{}", "application/json")
    return {"bank_quotes": posted["quote_id"], "prc": posted["price_id"]}
