"""The window over all services: what a trader sees of a real lot on its way."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from typing import Any

from deploy.sandbox.parties import Party
from services.kernel.events import GENESIS
from services.kernel.identifiers import case_uuid
from tests.support.patience import LOOKS
from tests.support.window import PORT, Window


async def test_a_green_lot_is_followed_from_submission_to_release(window: Window) -> None:
    group = await window.group(members=1)
    lot_id = await window.accepted(group, values=["7000.00"])
    path = f"/window/v1/cases/{lot_id}"
    submitted = await group.clerk.get(path)
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True})
    case = await _decided(group.clerk, path)

    timeline = await group.clerk.get(f"{path}/timeline")

    types = [event["type"] for event in timeline["items"]]
    assert (submitted["holder"], submitted["missing"][0]["count"]) == ("members", 1)
    assert types[:4] == ["LotSubmitted", "SharesConfirmed", "IdentityConfirmed", "LotScreened"]
    assert [event["seq"] for event in timeline["items"]] == list(range(1, len(types) + 1))
    assert case["clock"]["allowed_s"] == 48 * 3600
    if case["state"] == "RELEASED":
        assert (case["holder"], case["clock"]["left_s"]) == ("carrier", None)
    else:
        (order,) = case["linked"]
        assert (case["holder"], order["kind"]) == ("customs", "inspection_order")


async def _decided(clerk: Party, path: str) -> dict[str, Any]:
    """The case once it is decided; green or not is the draw's affair, and an order follows."""
    for _ in range(LOOKS):
        case = await clerk.get(path)
        if case["state"] in ("RELEASED", "IN_INSPECTION"):
            break
        await asyncio.sleep(0.05)
    return case


async def test_the_officer_of_the_port_finds_a_lot_by_the_reference_told_on_the_phone(
    window: Window,
) -> None:
    group = await window.group(members=1)
    lot_id = await window.accepted(group, reference="PHONE-1", values=["1000.00"])
    officer = window.parties.act_as("officer", "officer:ofc-1", port=PORT)

    found = await officer.get("/window/v1/cases", reference="PHONE-1")

    assert [case["case_id"] for case in found["items"]] == [lot_id]


async def test_a_case_is_found_by_the_end_of_its_number_by_whoever_may_see_it(
    window: Window,
) -> None:
    group, other = await window.group(members=1), await window.group(members=1)
    lot_id = await window.accepted(group, values=["1000.00"])
    # Somebody calls a lot of his own by that number: both are found.
    called = await window.accepted(group, reference=lot_id[-8:], values=["1000.00"])
    officer = window.parties.act_as("officer", "officer:ofc-1", port=PORT)
    elsewhere = window.parties.act_as("officer", "officer:ofc-2", port="RUILI")

    async def found(who: Party, number: str) -> list[str]:
        cases = (await who.get("/window/v1/cases", reference=number))["items"]
        return [case["case_id"] for case in cases]

    both = sorted([lot_id, called])
    assert await found(officer, lot_id[-8:]) == await found(group.clerk, lot_id[-8:]) == both
    # A number without a letter is the same in capitals, and so is the reference.
    written = lot_id[-8:].upper()
    assert await found(officer, written) == (both if written == lot_id[-8:] else [lot_id])
    assert [await found(who, lot_id[-8:]) for who in (other.clerk, elsewhere)] == [[], []]
    assert await found(officer, lot_id[-7:]) == []
    page = await officer.get("/window/v1/cases", reference=lot_id[-8:], limit=1)
    more = await officer.get(
        "/window/v1/cases", reference=lot_id[-8:], limit=1, cursor=page["next_cursor"]
    )
    assert [case["case_id"] for case in (*page["items"], *more["items"])] == both
    assert more["next_cursor"] is None


async def test_an_auditor_reads_who_acted_and_recomputes_the_chain_and_nobody_else_does(
    window: Window,
) -> None:
    group = await window.group(1)
    lot_id = await window.confirmed(group, values=["10.00"])
    path = f"/window/v1/cases/{lot_id}/timeline"
    for event in (await group.clerk.get(path))["items"]:
        assert "evidence" not in event
    auditor = window.parties.act_as("auditor", "auditor:A1")
    previous = GENESIS
    items = (await auditor.get(path))["items"]
    assert json.loads(items[0]["evidence"]["actor"])["party"] == f"group:{group.code}"
    for event in items:
        kept = event["evidence"]
        said = (case_uuid(lot_id), event["seq"], event["type"], kept["step"], kept["actor"])
        text = "\x1f".join(map(str, (*said, kept["occurred_at"], kept["body"])))
        assert kept["prev_hash"] == previous.hex()
        previous = sha256(previous + text.encode()).digest()
        assert kept["hash"] == previous.hex()
