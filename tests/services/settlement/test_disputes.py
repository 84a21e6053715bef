"""A bank that contradicts itself is not believed: its dispute has a desk, an age, an end by two."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest

from services.settlement.domain.rules.answers import ACTS
from tests.services.settlement.payments import Offered, one_offered
from tests.support.bench import API, Bench

PERSONS: Final = ("officer-a", "officer-b")


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(bench)


async def listed(bench: Bench, bic: str, query: str = "", role: str = "bank_compliance") -> Any:
    party = "auditor:TST" if role == "auditor" else f"bank:{bic}"
    answer = await bench.call("GET", f"/disputes?limit=200{query}", role=role, party=party)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def disputes_of(bench: Bench, offered: Offered) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await listed(
        bench, offered.bic, f"&instruction_id={offered.instruction_id}"
    )
    return found


async def resolve(
    bench: Bench,
    offered: Offered,
    dispute_id: str,
    person: str,
    finding: str,
    *,
    headers: Mapping[str, str] | None = None,
    **said: Any,
) -> httpx2.Response:
    await bench.on_file(offered.bic, person)
    return await bench.call(
        "POST",
        f"/disputes/{dispute_id}/resolution",
        role="bank_compliance",
        party=f"bank:{offered.bic}",
        subject=person,
        json={"finding": finding, "remark": "asked the bank's operations"} | said,
        headers=headers or {},
    )


async def view(bench: Bench, offered: Offered) -> dict[str, Any]:
    """Where the case stands by its header, and what it waits for."""
    case = UUID(hex=offered.instruction_id[4:])
    row = await bench.sql.fetchrow(
        "SELECT holder, state, ARRAY(SELECT code FROM case_waits WHERE case_id = $1) AS waits"
        " FROM cases WHERE case_id = $1",
        case,
    )
    assert row is not None
    return dict(row)


async def test_a_dispute_has_a_desk_an_owner_an_age_and_the_kept_report(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("RJCT", None, reason="AC04")
    xml = offered.xml("ACSC")
    await offered.client.post(f"{API}/bank/statuses", xml, "application/xml")
    (found,) = await disputes_of(bench, offered)
    assert (found["disposition"], found["code"]) == ("LATE", "ACSC")
    assert (found["owner"], found["overdue"]) == (f"bank_compliance:{offered.bic}", False)
    opened, due = (datetime.fromisoformat(found[name]) for name in ("opened_at", "due_at"))
    assert due - opened == timedelta(hours=48)
    for role, party in (("bank_compliance", f"bank:{offered.bic}"), ("auditor", "auditor:TST")):
        path = f"/disputes/{found['dispute_id']}/report"
        kept = await bench.call("GET", path, role=role, party=party)
        assert (kept.status_code, kept.content) == (200, xml)
    stands = await view(bench, offered)
    assert (stands["state"], stands["holder"]) == ("REJECTED", "bank_compliance")
    assert stands["waits"] == ["BANK_DISPUTE"]


@pytest.mark.parametrize("end", ["ACSC", "RJCT", "cancelled"])
async def test_whoever_ends_a_payment_it_is_held_by_compliance_while_an_earlier_dispute_is_open(
    bench: Bench, offered: Offered, end: str
) -> None:
    await offered.answer("ACSC", "7990.00")
    (found,) = await disputes_of(bench, offered)
    if end == "cancelled":
        await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation")
    else:
        await offered.answer(end, None, reason="AC04" if end == "RJCT" else None)
    stands = await view(bench, offered)
    assert stands["state"] in ("SETTLED", "REJECTED", "CANCELLED")
    assert (stands["holder"], stands["waits"]) == ("bank_compliance", ["BANK_DISPUTE"])
    for person in PERSONS:
        await resolve(bench, offered, found["dispute_id"], person, "RECORD_STANDS")
    assert (await view(bench, offered))["holder"] == "nobody"


async def test_of_money_that_is_blocked_compliance_is_called_on_record_until_the_payment_ends(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("BLCK", None)
    assert (await bench.events(offered.instruction_id))[-1] == "SettlementEscalated"
    assert "MONEY_BLOCKED" in (await view(bench, offered))["waits"]
    await offered.answer("ACSC")
    stands = await view(bench, offered)
    assert (stands["state"], stands["waits"]) == ("SETTLED", [])


async def test_another_bank_and_the_payer_read_nothing_of_it(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("ACSC", "7990.00")
    (found,) = await disputes_of(bench, offered)
    other = await bench.call(
        "GET",
        f"/disputes/{found['dispute_id']}",
        role="bank_compliance",
        party="bank:ABOCCNBJ",
    )
    assert other.status_code == 404
    assert (await bench.call("GET", f"/disputes/{found['dispute_id']}")).status_code == 403
    assert found["dispute_id"] not in str(await listed(bench, "ABOCCNBJ"))


async def test_a_dispute_ends_when_two_persons_found_the_same_and_books_nothing(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("RJCT", None, reason="AC04")
    await offered.answer("ACSC")
    (found,) = await disputes_of(bench, offered)
    key = found["dispute_id"]
    first = await resolve(bench, offered, key, "officer-a", "RECORD_STANDS")
    assert (first.status_code, first.json()["resolved_at"]) == (200, None)
    same = await resolve(bench, offered, key, "officer-a", "RECORD_STANDS")
    assert (same.status_code, same.json()["code"]) == (409, "SAME_PERSON")
    differs = await resolve(bench, offered, key, "officer-b", "MONEY_RETURNED")
    assert (differs.status_code, differs.json()["code"]) == (409, "FINDING_DIFFERS")
    for finding in ("MONEY_RETURNED", "RECORD_STANDS"):
        anew = await resolve(bench, offered, key, "officer-a", finding)
        assert anew.json()["finding"] == finding
    second = await resolve(bench, offered, key, "officer-b", "RECORD_STANDS")
    assert (second.status_code, second.json()["resolved_by"]) == (200, "officer-b")
    late = await resolve(bench, offered, key, "officer-b", "RECORD_STANDS")
    assert (late.status_code, late.json()["code"]) == (409, "STATE_CONFLICT")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    stands = await view(bench, offered)
    assert (stands["holder"], stands["waits"]) == ("nobody", [])
    assert key not in str(await listed(bench, offered.bic, "&open=true"))
    assert key in str(await listed(bench, offered.bic, "&open=false"))


async def test_nobody_ends_a_dispute_upon_what_was_said_before_another_word(
    bench: Bench, offered: Offered
) -> None:
    """Its version is raised by what is said of it, the payment's, which its payer reads, is not."""
    await offered.answer("RJCT", None, reason="AC04")
    await offered.answer("ACSC")
    (found,) = await disputes_of(bench, offered)
    key, paid = found["dispute_id"], (await bench.read(offered.instruction_id))["version"]
    read = {"If-Match": f'"{found["version"]}"'}
    first = await resolve(bench, offered, key, "officer-a", "MONEY_RETURNED", headers=read)
    assert first.headers["etag"] == f'"{found["version"] + 1}"'
    stale = await resolve(bench, offered, key, "officer-b", "MONEY_RETURNED", headers=read)
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_MISMATCH")
    read = {"If-Match": first.headers["etag"]}
    second = await resolve(bench, offered, key, "officer-b", "MONEY_RETURNED", headers=read)
    assert (second.status_code, second.json()["resolved_by"]) == (200, "officer-b")
    assert (await bench.read(offered.instruction_id))["version"] == paid


@pytest.mark.parametrize(
    ("finding", "state"), [("RECORD_STANDS", "OFFERED"), ("PAID_OUTSIDE", "HELD")]
)
async def test_a_lot_is_paid_again_without_a_hold_once_its_dispute_is_resolved_unless_it_was_paid(
    bench: Bench, offered: Offered, finding: str, state: str
) -> None:
    await offered.answer("RJCT", None, reason="AC04")
    await offered.answer("ACSC")
    (found,) = await disputes_of(bench, offered)
    for person in PERSONS:
        await resolve(bench, offered, found["dispute_id"], person, finding)
    again = await bench.start(offered.lot_id)
    assert (await bench.inside(again))["state"] == state


async def test_somebody_who_is_no_signatory_resolves_nothing(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("ACSC", "7990.00")
    (found,) = await disputes_of(bench, offered)
    answer = await bench.call(
        "POST",
        f"/disputes/{found['dispute_id']}/resolution",
        role="bank_compliance",
        party=f"bank:{offered.bic}",
        subject="somebody",
        json={"finding": "RECORD_STANDS", "remark": "so I think"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATORY_NOT_ON_FILE")


async def test_what_is_past_its_time_is_listed_by_itself(bench: Bench, offered: Offered) -> None:
    await offered.answer("ACSC", "7990.00")
    (found,) = await disputes_of(bench, offered)
    assert found["dispute_id"] not in str(await listed(bench, offered.bic, "&overdue=true"))
    await bench.sql.execute(
        "UPDATE bank_disputes SET opened_at = $2, due_at = $3 WHERE dispute_id = $1",
        UUID(hex=found["dispute_id"][4:]),
        datetime.now(UTC) - timedelta(hours=50),
        datetime.now(UTC) - timedelta(hours=2),
    )
    (late,) = [
        d
        for d in await listed(bench, offered.bic, "&overdue=true", role="auditor")
        if d["dispute_id"] == found["dispute_id"]
    ]
    assert late["overdue"] and late["age_s"] >= 50 * 3600


#: One status of each act, and of progress both kinds that matter.
SPOKEN: Final = ("ACSC", "ACCC", "RJCT", "CANC", "ACSP", "BLCK")
PAIRS: Final = [pair for pair in product(SPOKEN, SPOKEN) if pair[0] != pair[1]]


async def is_conserved(bench: Bench, offered: Offered, words: tuple[str, ...]) -> None:
    """Booked at most once, by a word that was said; a contradiction is a dispute."""
    kinds = await bench.ledger(offered.instruction_id)
    acts = [ACTS[word] for word in words]
    case = await bench.read(offered.instruction_id)
    booked = {"SETTLED": ["RESERVE", "POST"], "REJECTED": ["RESERVE", "VOID"]}
    assert kinds == booked.get(case["state"], ["RESERVE"])
    if {"settle", "reject"} <= set(acts):
        assert await disputes_of(bench, offered), words
    drawn = 0 if case["state"] == "REJECTED" else 793400
    assert await bench.drawn(offered.lot_id) == drawn
    sums = await bench.sql.fetch(
        "SELECT sum(amount_minor)::bigint AS minor FROM ledger_postings GROUP BY layer, currency"
    )
    assert {row["minor"] for row in sums} == {0}


def said(offered: Offered, *words: str) -> bytes:
    return offered.report(
        [
            offered.status(word, "7934.00", {"reason": "AC04"} if word == "RJCT" else {})
            for word in words
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("way", ["in one report", "in two reports", "at once"])
async def test_whatever_two_things_a_bank_says_in_whatever_order_money_is_conserved(
    bench: Bench, way: str
) -> None:
    for pair in PAIRS:
        offered = await one_offered(bench)

        async def send(*words: str, of: Offered = offered) -> None:
            answer = await of.client.post(
                f"{API}/bank/statuses", said(of, *words), "application/xml"
            )
            assert answer.status_code in (200, 202, 409), answer.text

        if way == "in one report":
            await send(*pair)
        elif way == "in two reports":
            for word in pair:
                await send(word)
        else:
            await asyncio.gather(*(send(word) for word in pair))
        await is_conserved(bench, offered, pair)
