"""A bank's screening list: whose payments it holds, who reads it, and how an entry ends."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2

from services.kernel.canonical import name_key
from services.kernel.identifiers import case_uuid
from tests.support.bench import BICS, Bench
from tests.support.on_file import seller_filed

PATH = "/screening-entries"
ACCOUNT = {"seller_account": "0011002233445", "seller_account_bic": "BFTVVNVX"}
ALIKE = ("state", "version", "held_for", "hits", "signatures", "ended_at", "acts", "bank_status")


def compliance(bic: str, person: str = "officer-a") -> dict[str, Any]:
    return {"role": "bank_compliance", "party": f"bank:{bic}", "subject": person}


async def added(bench: Bench, bic: str, name: str, reference: str = "") -> httpx2.Response:
    entry = {"list_name": "OWN", "reference": reference or uuid4().hex, "kind": "NAME"}
    return await bench.call("POST", PATH, **compliance(bic), json={**entry, "value": name})


async def listing(bench: Bench, **reader: Any) -> list[str]:
    """The entries that somebody finds in the list."""
    found, cursor = [], ""
    while True:
        page = (await bench.call("GET", f"{PATH}?limit=200{cursor}", **reader)).json()
        found += [entry["entry_id"] for entry in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def paying_bank(bench: Bench) -> str:
    """The bank that is to pay on this day."""
    return str((await bench.read(await bench.start(await bench.lot())))["bank_bic"])


async def signed(bench: Bench, bic: str, entry: str, person: str) -> httpx2.Response:
    """A person of the bank's compliance signs upon reading that an entry ends."""
    await bench.on_file(bic, person)
    read = await bench.call("GET", f"{PATH}/{entry}", **compliance(bic, person))
    return await bench.call(
        *("POST", f"{PATH}/{entry}/ending"),
        **compliance(bic, person),
        json={"remark": "the court has lifted it"},
        headers={"If-Match": read.headers["etag"]} if "etag" in read.headers else {},
    )


async def test_what_a_bank_lists_holds_its_own_payments_alone(bench: Bench) -> None:
    pays = await paying_bank(bench)
    other = next(bic for bic in BICS if bic != pays)
    states = []
    for bic in (other, pays):
        seller = f"Own List {uuid4().hex}"
        await seller_filed(bench.sql, seller)
        assert (await added(bench, bic, seller)).status_code == 201
        instruction_id = await bench.start(await bench.lot(seller=seller))
        auditor = {"role": "auditor", "party": "auditor:A1"}
        states.append((await bench.read(instruction_id, **auditor))["state"])
    assert states == ["OFFERED", "HELD"]


async def test_a_bank_reads_its_own_list_and_learns_nothing_of_anothers(bench: Bench) -> None:
    name, reference = f"Both {uuid4().hex}", uuid4().hex
    one, two = BICS[:2]
    mine = (await added(bench, one, name, reference)).json()["entry_id"]
    # Nor does it hear that another has listed the same.
    theirs = (await added(bench, two, name, reference)).json()["entry_id"]
    again = (await added(bench, two, name, reference)).json()
    assert again["code"] == "DUPLICATE_REFERENCE"
    assert [error["facts"] for error in again["errors"]] == [{"entry_id": theirs}]
    found = await listing(bench, **compliance(one))
    assert (mine in found, theirs in found) == (True, False)
    assert {mine, theirs} <= set(await listing(bench, role="auditor", party="auditor:A1"))
    shown = await bench.call("GET", f"{PATH}/{mine}", **compliance(one))
    assert (shown.json()["added_by"], shown.json()["ended_at"]) == ("officer-a", None)
    assert name not in shown.text
    hidden = await bench.call("GET", f"{PATH}/{theirs}", **compliance(one))
    assert hidden.status_code == 404
    assert (await signed(bench, one, theirs, "officer-b")).status_code == 404


async def test_an_entry_ends_when_two_persons_of_its_bank_have_signed(bench: Bench) -> None:
    pays, seller = await paying_bank(bench), f"Lifted {uuid4().hex}"
    await seller_filed(bench.sql, seller)
    entry = (await added(bench, pays, seller)).json()["entry_id"]
    assert (await signed(bench, pays, entry, "officer-a")).json()["ending_by"] == "officer-a"
    alone = await signed(bench, pays, entry, "officer-a")
    assert alone.json()["code"] == "SAME_PERSON"
    held = await bench.start(await bench.lot(seller=seller))
    await bench.until(held, "HELD")
    ended = (await signed(bench, pays, entry, "officer-b")).json()
    assert (ended["ended_by"], ended["remark"]) == ("officer-b", "the court has lifted it")
    assert (await signed(bench, pays, entry, "officer-c")).json()["code"] == "STATE_CONFLICT"
    await bench.until(await bench.start(await bench.lot(seller=seller)), "OFFERED")
    # What it stood for may be listed anew.
    assert (await added(bench, pays, seller)).status_code == 201


async def test_what_holds_every_banks_payments_is_no_banks_to_end(bench: Bench) -> None:
    everybodys = await bench.sql.fetchval(
        "SELECT entry_id FROM screening_entries WHERE bank_bic IS NULL LIMIT 1"
    )
    entry = f"scn_{everybodys.hex}"
    shown = await bench.call("GET", f"{PATH}/{entry}", **compliance(BICS[0]))
    assert (shown.status_code, shown.json()["bank_bic"]) == (200, None)
    assert (await signed(bench, BICS[0], entry, "officer-a")).status_code == 404


async def held_for_another(bench: Bench) -> tuple[str, str, str]:
    """A payment that a name holds, the bank that is to pay it, and the name that the seller bore
    before, which no list has yet."""
    pays, code = await paying_bank(bench), f"S-{uuid4().hex[:12]}"
    before, now = f"Earlier {uuid4().hex}", f"Later {uuid4().hex}"
    await seller_filed(bench.sql, before, code=code)
    await bench.sql.execute(
        "UPDATE sellers SET name = $2, name_key = $3 WHERE seller_code = $1",
        *(code, now, name_key(now)),
    )
    await added(bench, pays, now)
    held = await bench.start(await bench.lot(seller=now, seller_code=code, **ACCOUNT))
    await bench.until(held, "HELD")
    return held, pays, before


async def test_who_is_listed_after_a_first_signature_holds_the_payment_anew(bench: Bench) -> None:
    held, pays, before = await held_for_another(bench)
    assert (await bench.sign_hold(held, "officer-a")).status_code == 200
    await added(bench, pays, before)
    refused = await bench.sign_hold(held, "officer-b")
    assert (refused.status_code, refused.json()["code"]) == (409, "HELD_ANEW")
    now = await bench.inside(held)
    assert (now["state"], now["signatures"]) == ("HELD", [])
    assert [hit["role"] for hit in now["hits"]] == ["seller", "seller_before"]
    # Whoever signed before signs anew, and another too.
    for person, state in (("officer-a", "HELD"), ("officer-a", None), ("officer-c", "OFFERED")):
        signed_now = await bench.sign_hold(held, person)
        said = signed_now.json()
        assert (said["state"] if state else said["code"]) == (state or "SAME_PERSON")
    seen = "SELECT body::jsonb ->> 'hits' FROM events WHERE case_id = $1 AND body LIKE '%hits%'"
    digests = [row[0] for row in await bench.sql.fetch(f"{seen} ORDER BY seq", case_uuid(held))]
    assert [digests.index(one) for one in digests] == [0, 0, 2, 2, 2]


async def test_who_is_listed_after_the_hold_is_seen_before_anybody_signs(bench: Bench) -> None:
    name, code = f"Seller {uuid4().hex}", f"S-{uuid4().hex[:12]}"
    await seller_filed(bench.sql, name, code=code)
    lot_id = await bench.lot("100.00", seller=name, seller_code=code, **ACCOUNT)
    held = await bench.start(lot_id, "99.00")
    bic = (await bench.read(held))["bank_bic"]
    entry = (await added(bench, bic, name)).json()["entry_id"]
    assert (await bench.sign_hold(held, "officer-a")).json()["code"] == "HELD_ANEW"
    assert (await bench.inside(held))["held_for"] == ["AMOUNT_MISMATCH", "NAME_HIT"]
    # What ends is as it was for whoever reads it here: two persons say what becomes of it.
    for person in ("officer-a", "officer-b"):
        assert (await signed(bench, bic, entry, person)).status_code == 200
    assert len((await bench.inside(held))["hits"]) == 1
    for person in ("officer-a", "officer-b"):
        assert (await bench.sign_hold(held, person)).status_code == 200


async def test_a_payer_reads_nothing_of_what_was_listed_after_the_hold(bench: Bench) -> None:
    (one, pays, before), (other, _, _) = [await held_for_another(bench) for _ in range(2)]
    for payment in (one, other):
        assert (await bench.sign_hold(payment, "officer-a")).status_code == 200
    await added(bench, pays, before)
    assert (await bench.sign_hold(one, "officer-b")).status_code == 409
    assert (await bench.sign_hold(one, "officer-b")).status_code == 200
    read = [
        {name: value for name, value in (await bench.read(payment)).items() if name in ALIKE}
        for payment in (one, other)
    ]
    assert read[0] == read[1]


async def test_an_open_hold_is_signed_as_often_to_its_payer_as_if_it_began_once(
    bench: Bench,
) -> None:
    versions = []
    for listed_between in (False, True):
        name, code = f"Seller {uuid4().hex}", f"S-{uuid4().hex[:12]}"
        await seller_filed(bench.sql, name, code=code)
        lot_id = await bench.lot("100.00", seller=name, seller_code=code, **ACCOUNT)
        held = await bench.start(lot_id, "99.00")
        assert (await bench.sign_hold(held, "officer-a")).status_code == 200
        if listed_between:
            await added(bench, (await bench.read(held))["bank_bic"], name)
            assert (await bench.sign_hold(held, "officer-b")).status_code == 409
            assert (await bench.sign_hold(held, "officer-a")).status_code == 200
        seen = [(await bench.read(held))["version"]]
        assert (await bench.sign_hold(held, "officer-b")).status_code == 200
        versions.append([*seen, (await bench.read(held))["version"]])
    assert versions[0] == versions[1]
