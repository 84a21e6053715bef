"""A name on a list holds the case for its bank's compliance, and its party is not warned."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.settlement.domain.rules import screening
from tests.support.bench import API, BICS, Bench
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


async def listed(bench: Bench) -> str:
    """A payment that a name on a list alone holds."""
    seller = f"Listed Trading {uuid4().hex[:8]}"
    await seller_filed(bench.sql, seller)
    entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "NAME", "value": seller}
    bank = {"role": "bank_compliance", "party": f"bank:{BICS[0]}"}
    added = await bench.call("POST", "/screening-entries", **bank, json=entry)
    assert added.status_code == 201
    return await bench.start(await bench.lot(seller=seller))


async def as_its_payer(bench: Bench, instruction_id: str) -> list[object]:
    """Where a payment stands to its payer, and whether it was offered when it was asked for."""
    read = await bench.read(instruction_id)
    told = [read[name] for name in ("state", "version", "escalated_at", "ended_at")]
    return [*told, read["offered_at"] == read["requested_at"]]


async def test_a_hold_that_is_released_early_leaves_no_trace_for_its_payer(bench: Bench) -> None:
    held, usual = await listed(bench), await bench.start(await bench.lot())
    for person in ("officer-a", "officer-b"):
        assert await as_its_payer(bench, held) == await as_its_payer(bench, usual)
        assert (await bench.sign_hold(held, person)).status_code == 200
    assert (await bench.inside(held))["version"] == 6
    assert await as_its_payer(bench, held) == await as_its_payer(bench, usual)
    back = await bench.call("POST", f"/instructions/{held}/cancellation")
    assert (back.status_code, back.json()["version"]) == (200, 4)


async def test_a_kept_back_hold_is_taken_back_until_its_bank_would_have_taken_it(
    bench: Bench,
) -> None:
    early, held = await listed(bench), await listed(bench)
    path = "/instructions/{}/cancellation"
    assert (await bench.call("POST", path.format(early))).status_code == 200
    bic = (await bench.read(held))["bank_bic"]
    assert (await bench.signed(bic).get(f"{API}/bank/messages")).status_code == 200
    late = await bench.call("POST", path.format(held))
    assert (late.status_code, late.json()["code"]) == (409, "WITH_THE_BANK")
    await bench.sql.execute(
        "UPDATE settlement_instructions SET hold_told_at = now() WHERE instruction_id = $1",
        UUID(hex=held[4:]),
    )
    assert (await bench.read(held))["state"] == "HELD"
    assert (await bench.call("POST", path.format(held))).status_code == 200


async def test_a_payment_that_was_late_to_its_payer_stays_late_after_its_release(
    bench: Bench,
) -> None:
    held, usual = await listed(bench), await bench.start(await bench.lot())
    for one in (held, usual):
        await bench.sql.execute(
            "UPDATE settlement_instructions SET promised_at = requested_at + interval '1 ms'"
            " WHERE instruction_id = $1",
            UUID(hex=one[4:]),
        )
    late = (await bench.read(held))["escalated_at"]
    assert late is not None
    assert (await bench.read(usual))["escalated_at"] is not None
    for person in ("officer-a", "officer-b"):
        await bench.sign_hold(held, person)
        assert (await bench.read(held))["escalated_at"] == late
    assert (await bench.inside(held))["escalated_at"] is None


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
