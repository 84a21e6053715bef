"""A name on a list holds the case for its bank's compliance, and its party is not warned."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.kernel.canonical import name_key
from services.kernel.events import Event
from services.settlement.commands.releasing import CLEARED, SIGNED_ALONE
from services.settlement.domain.rules import screening
from services.window.domain.rules.disclosure import TOLD
from tests.support.bench import API, BICS, Bench
from tests.support.numbers import fresh_letters
from tests.support.on_file import seller_filed
from tests.support.window import fresh_resident_no

ACCOUNT = {"seller_account": "0011002233445", "seller_account_bic": "BFTVVNVX"}
_NEWEST = "SELECT max(seq) FROM events WHERE case_id = $1"
_SAID = "SELECT type FROM events WHERE case_id = $1 AND seq > $2 ORDER BY seq"
_BANK = """
    INSERT INTO banks (bic, name, public_key, currencies)
    SELECT $1, $2, public_key, currencies FROM banks LIMIT 1
"""
_RENAMED = "UPDATE sellers SET name = $2, name_key = $3 WHERE seller_code = $1"
_UNTOLD = "SELECT untold FROM settlement_instructions WHERE instruction_id = $1"


def a_bic() -> str:
    """The code of a bank that nobody else has."""
    return f"{fresh_letters(4)}VNVX"


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
    await bench.list_name(f"{seller} JSC")
    instruction_id = await bench.start(await bench.lot(seller=seller))
    await bench.until(instruction_id, "HELD")
    held = await bench.inside(instruction_id)
    assert held["held_for"] == ["NAME_HIT"]
    assert [(h["role"], h["list_name"]) for h in held["hits"]] == [("seller", "UN")]
    await bench.sign_hold(instruction_id, "officer-a")
    await the_payer_is_not_warned(bench, instruction_id)
    await bench.sign_hold(instruction_id, "officer-b")
    await bench.until(instruction_id, "OFFERED")


@pytest.mark.parametrize(
    ("listed", "becomes", "reason"),
    [
        ("{name}", "Another {other}", "NAME_HIT"),
        ("{name} Phong", "Another {other}", "NAME_CLOSE"),
        # As it is written now is what it is called, and no earlier name of it.
        ("{name}", "{name} JSC", "NAME_HIT"),
    ],
)
async def test_a_seller_that_is_renamed_is_found_under_the_name_that_it_bore(
    bench: Bench, listed: str, becomes: str, reason: str
) -> None:
    name, code = f"Renamed Trading {uuid4().hex[:8]}q", f"S-{uuid4().hex[:12]}"
    filed = f"{name} Phang" if reason == "NAME_CLOSE" else name
    await seller_filed(bench.sql, filed, code=code)
    lot_id = await bench.lot(seller=filed, seller_code=code, **ACCOUNT)
    now = becomes.format(name=name, other=uuid4().hex)
    for called in (f"Between {uuid4().hex}", now):
        await bench.sql.execute(_RENAMED, code, called, name_key(called))
    await bench.list_name(listed.format(name=name))
    held = await bench.until(await bench.start(lot_id), "HELD", "OFFERED")
    role = "seller" if now.startswith(name) else "seller_before"
    assert [(h["role"], h["reason"]) for h in held["hits"]] == [(role, reason)]


async def test_a_sellers_bank_that_is_renamed_is_found_under_the_name_that_it_bore(
    bench: Bench,
) -> None:
    name, seller, bic = f"Listed Bank {uuid4().hex[:8]}q", f"Its Customer {uuid4().hex}", a_bic()
    await bench.sql.execute(_BANK, bic, name)
    await bench.sql.execute("UPDATE banks SET name = $2 WHERE bic = $1", bic, f"Bank {bic}")
    await seller_filed(bench.sql, seller, bic=bic)
    await bench.list_name(name)
    paid = await bench.start(await bench.lot(seller=seller, seller_bank_bic=bic))
    held = await bench.until(paid, "HELD", "OFFERED")
    assert [hit["role"] for hit in held["hits"]] == ["bank_before"]


async def test_a_mistyped_number_lists_nobody_and_is_refused(bench: Bench) -> None:
    number = fresh_resident_no()
    for typed in (number[:-1], number[:-1] + ("1" if number[-1] != "1" else "2"), "number"):
        entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "RESIDENT", "value": typed}
        bank = {"role": "bank_compliance", "party": f"bank:{BICS[0]}"}
        refused = await bench.call("POST", "/screening-entries", **bank, json=entry)
        assert (refused.status_code, refused.json()["code"]) == (422, "ID_INVALID"), refused.text


@pytest.mark.parametrize("typed", [" ", "%", "-.-", "\u00a0", "有限公司"])
async def test_a_name_with_nothing_in_it_lists_nobody_and_is_refused(
    bench: Bench, typed: str
) -> None:
    entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "NAME", "value": typed}
    bank = {"role": "bank_compliance", "party": f"bank:{BICS[0]}"}
    refused = await bench.call("POST", "/screening-entries", **bank, json=entry)
    (error,) = refused.json()["errors"]
    assert (error["code"], error["pointer"]) == ("REQUEST_INVALID", "/value")


async def test_a_listed_resident_among_the_buyers_holds_the_lot(bench: Bench) -> None:
    number = fresh_resident_no()
    resident, hashed = uuid4(), bench.services.vault.keyed_hash(number)
    await bench.sql.execute(
        "INSERT INTO residents (resident_id, resident_no_hash, sealed) VALUES ($1, $2, '')",
        resident,
        hashed,
    )
    await bench.list_name(number, "RESIDENT")
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
    await bench.list_name(seller)
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


async def test_what_a_release_leaves_out_of_the_version_is_what_its_payer_is_not_told(
    bench: Bench,
) -> None:
    held = await listed(bench)
    case, left_out = UUID(hex=held[4:]), 0
    for person, untold in (("officer-a", SIGNED_ALONE), ("officer-b", CLEARED)):
        before = await bench.sql.fetchval(_NEWEST, case)
        assert (await bench.sign_hold(held, person)).status_code == 200
        said = [row["type"] for row in await bench.sql.fetch(_SAID, case, before)]
        inside = [t for t in said if TOLD[t].to("group") is None and Event.registry[t].changes]
        assert inside == [event.__name__ for event in untold]
        left_out += len(inside)
        assert await bench.sql.fetchval(_UNTOLD, case) == left_out


async def test_a_kept_back_hold_is_taken_back_until_its_bank_would_have_taken_it(
    bench: Bench,
) -> None:
    early, held = await listed(bench), await listed(bench)
    path = "/instructions/{}/cancellation"
    assert (await bench.call("POST", path.format(early))).status_code == 200
    bic = (await bench.read(held))["bank_bic"]
    for _ in range(2):
        assert (await bench.signed(bic).get(f"{API}/bank/messages")).status_code == 200
    # Asking again changes nothing, and what was taken back before is not taken.
    assert (await bench.events(held)).count("HeldPaymentAsTaken") == 1
    assert "HeldPaymentAsTaken" not in await bench.events(early)
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
    assert [(s["person"], s["act"], bool(s["remark"])) for s in signatures] == [
        ("officer-a", "release", True),
        ("officer-a", "refuse", True),
    ]
