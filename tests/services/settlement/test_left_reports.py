"""A bank's report that was kept is carried out, whatever became of the process that took it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest

from deploy.operate.runs import REPORT, Runs, standing, untold
from services.kernel.messages import Actor
from services.platform.acting import Acting
from services.platform.policy import PolicyCache
from services.settlement.commands.keeping import report_keep
from services.settlement.commands.left_reports import UNDER_WAY, left_reports_carry_out
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import API, Bench

AT_ONCE: Final = timedelta(0)


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """Its bank has taken the message: nobody who is listed since holds it."""
    one = await one_offered(bench)
    taken = await one.client.get(f"{API}/bank/messages/{one.message_id}")
    assert taken.status_code == 200
    return one


async def left(bench: Bench, offered: Offered, xml: bytes) -> None:
    """The report is on record, and the process that took it has died."""
    actor = Actor(subject="host-1", party=f"bank:{offered.bic}", role="bank")
    receipt = bench.services.receipts.receipt(
        subject=actor.subject, party=actor.party, key=uuid4().hex, path=STATUSES, body=xml
    )
    acting = Acting(actor, datetime.now(UTC), receipt)
    services = bench.services
    await report_keep(services.database, xml, acting=acting, official=services.official)


async def carried_out(bench: Bench, *, under_way: timedelta = AT_ONCE) -> int:
    services = bench.services
    return await left_reports_carry_out(
        services.database, PolicyCache(), services.vault, under_way=under_way
    )


async def waiting(bench: Bench) -> int:
    """How many reports count among what is not carried out."""
    return sum(u.waiting for u in await untold(bench.relay_database) if u.kind == REPORT)


async def test_a_report_that_was_left_counts_as_not_carried_out_until_it_is(
    bench: Bench, offered: Offered
) -> None:
    await carried_out(bench)
    await left(bench, offered, offered.xml("ACSC"))
    assert await waiting(bench) == 1
    first, *_ = standing(
        [u for u in await untold(bench.relay_database) if u.kind == REPORT], Runs()
    )
    assert first.startswith("1 reports of banks are kept and not carried out yet")
    assert await carried_out(bench) == 1
    assert await waiting(bench) == 0


@pytest.mark.parametrize("code", ["ACSC", "PDNG", "RJCT"])
async def test_a_report_that_is_answered_counts_no_more(
    bench: Bench, offered: Offered, code: str
) -> None:
    await carried_out(bench)
    reason = {"reason": "AC04"} if code == "RJCT" else {}
    assert (await offered.answer(code, **reason)).status_code == 202
    assert (await offered.answer("ACSC", message=uuid4().hex)).status_code == 404
    assert await waiting(bench) == 0


async def test_what_was_left_is_booked_once_in_the_banks_name_and_said_again_changes_nothing(
    bench: Bench, offered: Offered
) -> None:
    xml = offered.xml("ACSC")
    await left(bench, offered, xml)
    await carried_out(bench)
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"
    kept = await bench.sql.fetchval(
        "SELECT actor FROM events WHERE case_id = $1 AND type = 'PaymentSettled'",
        UUID(hex=offered.instruction_id[4:]),
    )
    actor = json.loads(kept)
    assert (actor["subject"], actor["party"]) == ("host-1", f"bank:{offered.bic}")
    answered = await bench.sql.fetchval(
        "SELECT status FROM stored_answers WHERE receipt = $1", bytes.fromhex(actor["receipt"])
    )
    assert answered == 200
    again = await offered.client.post(STATUSES, xml, "application/xml")
    assert (again.status_code, again.json()["statuses"][0]["disposition"]) == (200, "REPEATED")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_the_bank_and_two_workers_at_once_book_it_once(
    bench: Bench, offered: Offered
) -> None:
    xml = offered.xml("ACSC")
    await left(bench, offered, xml)
    answer, *_ = await asyncio.gather(
        offered.client.post(STATUSES, xml, "application/xml"),
        carried_out(bench),
        carried_out(bench),
    )
    assert answer.status_code in (200, 202)
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_a_report_that_is_under_way_is_left_to_its_own_request(
    bench: Bench, offered: Offered
) -> None:
    await carried_out(bench)
    await left(bench, offered, offered.xml("ACSC"))
    assert await carried_out(bench, under_way=UNDER_WAY) == 0
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"
    assert await carried_out(bench) == 1


async def test_a_report_that_cannot_be_read_any_more_holds_up_no_other(
    bench: Bench, offered: Offered
) -> None:
    broken = uuid4()
    await bench.sql.execute(
        "INSERT INTO bank_reports (report_id, bank_bic, message_ref, sent_by, body, digest,"
        " received_at) VALUES ($1, $2, $3, 'host-1', 'no report', '', now() - interval '1 day')",
        broken,
        offered.bic,
        broken.hex,
    )
    await left(bench, offered, offered.xml("ACSC"))
    try:
        await carried_out(bench)
        assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"
        assert await waiting(bench) == 1
    finally:
        await bench.sql.execute("DELETE FROM bank_reports WHERE report_id = $1", broken)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Idempotency-Key": "fresh", "If-Match": '"1"'}, "VERSION_MISMATCH"),
        ({"Idempotency-Key": "used"}, "IDEMPOTENCY_KEY_REUSED"),
        ({}, "IDEMPOTENCY_KEY_REQUIRED"),
    ],
)
async def test_a_report_whose_request_is_refused_is_not_kept_and_pays_nothing(
    bench: Bench, offered: Offered, headers: dict[str, str], code: str
) -> None:
    used, fresh = uuid4().hex, uuid4().hex
    earlier = offered.xml("PDNG")
    await offered.client.post(STATUSES, earlier, "application/xml", idempotency_key=used)
    sent = {"Content-Type": "application/xml", **headers}
    if key := headers.get("Idempotency-Key"):
        sent["Idempotency-Key"] = {"fresh": fresh, "used": used}[key]
    refused = await offered.client.send("POST", STATUSES, body=offered.xml("ACSC"), headers=sent)
    assert refused.json()["code"] == code
    assert await carried_out(bench) == 0
    assert (await bench.read(offered.instruction_id))["state"] == "IN_PROGRESS"
