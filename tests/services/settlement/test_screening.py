"""A name on a list holds the case for its bank's compliance, and its party is not warned."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.settlement.domain.rules import screening
from tests.support.bench import BICS, Bench
from tests.support.on_file import seller_filed


async def the_payer_is_not_warned(bench: Bench, instruction_id: str) -> None:
    """Neither alone nor in the list does the clerk learn what the auditor and the bank know."""
    secret = ("held_for", "hits", "signatures")
    alone = await bench.read(instruction_id)
    listed = (await bench.call("GET", "/instructions")).json()["items"]
    in_list = next(i for i in listed if i["instruction_id"] == instruction_id)
    for seen in (alone, in_list):
        assert [seen[name] for name in secret] == [None, None, None]
    auditor = await bench.read(instruction_id, role="auditor", party="auditor:1")
    for seen in (auditor, await bench.inside(instruction_id)):
        assert all(seen[name] for name in secret)


async def test_a_name_on_the_list_holds_the_case_for_two_persons(bench: Bench) -> None:
    seller = f"Listed Trading {uuid4().hex[:8]}"
    await seller_filed(bench.sql, seller)
    entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "NAME", "value": f"{seller} JSC"}
    added = await bench.call(
        "POST", "/screening-entries", role="bank_compliance", party=f"bank:{BICS[0]}", json=entry
    )
    assert added.status_code == 201
    instruction_id = await bench.start(await bench.lot(seller=seller))
    await bench.until(instruction_id, "HELD")
    held = await bench.inside(instruction_id)
    assert held["held_for"] == ["NAME_HIT"]
    assert [(h["role"], h["list_name"]) for h in held["hits"]] == [("seller", "UN")]
    await bench.sign_hold(instruction_id, "officer-a")
    await the_payer_is_not_warned(bench, instruction_id)
    await bench.sign_hold(instruction_id, "officer-b")
    await bench.until(instruction_id, "OFFERED")


async def test_a_listed_resident_among_the_buyers_holds_the_lot(bench: Bench) -> None:
    number = f"11010119000{uuid4().int % 10**7:07d}"
    resident, hashed = uuid4(), bench.services.vault.keyed_hash(number)
    await bench.sql.execute(
        "INSERT INTO residents (resident_id, resident_no_hash, sealed) VALUES ($1, $2, '')",
        resident,
        hashed,
    )
    entry = {"list_name": "MPS", "reference": uuid4().hex, "kind": "RESIDENT", "value": number}
    party = f"bank:{BICS[0]}"
    await bench.call("POST", "/screening-entries", role="bank_compliance", party=party, json=entry)
    lot_id = await bench.lot()
    await bench.sql.execute(
        "INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor,"
        " currency) VALUES ($1, 1, $2, $3, 100, 793400, 'CNY')",
        UUID(hex=lot_id[4:]),
        uuid4(),
        resident,
    )
    instruction_id = await bench.start(lot_id)
    await bench.until(instruction_id, "HELD")
    held = await bench.inside(instruction_id)
    assert [h["role"] for h in held["hits"]] == ["resident"]
    assert (await bench.sign_hold(instruction_id, "officer-a", "refuse")).status_code == 200
    await bench.until(instruction_id, "REFUSED")
    await the_payer_is_not_warned(bench, instruction_id)
    assert await bench.drawn(lot_id) == 0


@pytest.mark.parametrize(
    ("reasons", "read"),
    [
        (("AMOUNT_MISMATCH",), ("AMOUNT_MISMATCH",)),
        (("AMOUNT_MISMATCH", "NAME_HIT"), ("AMOUNT_MISMATCH",)),
        (("NAME_HIT",), None),
        (("BACKGROUND_BANK_DIFFERS",), None),
        (("BIG_AMOUNT_CHECK",), None),
        (("SOMETHING_NEW",), None),
        ((), None),
    ],
)
def test_a_refused_payer_reads_the_same_with_a_name_hit_and_without(
    reasons: tuple[str, ...], read: tuple[str, ...] | None
) -> None:
    assert screening.told(reasons) == read


async def test_who_signed_a_release_and_then_refuses_has_signed_both(bench: Bench) -> None:
    instruction_id = await bench.start(await bench.lot(seller_bank_bic="ICBVVNVX"))
    await bench.until(instruction_id, "HELD")
    for act in ("release", "refuse"):
        assert (await bench.sign_hold(instruction_id, "officer-a", act)).status_code == 200
    signatures = (await bench.inside(instruction_id))["signatures"]
    assert [(s["person"], s["act"]) for s in signatures] == [
        ("officer-a", "release"),
        ("officer-a", "refuse"),
    ]
