"""The gate records who comes in: a truck by its plate, a resident on foot by the certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from tests.support.office import Office
from tests.support.plates import own_plate
from tests.support.window import Window, fresh_resident_no

ENTRIES = "/gate/v1/entries"


def reasons(answer: httpx2.Response) -> list[tuple[str, str]]:
    return [(e["code"], e["pointer"]) for e in answer.json().get("errors", [])]


GONE = [("RESIDENT_NOT_FILED", "/filing_no")]


async def test_a_resident_on_foot_is_entered_by_the_number_of_the_certificate(
    window: Window,
) -> None:
    group = await window.group(1)
    resident = await window.resident_id(group.residents[0])
    filing_no = await window.sql.fetchval(
        "SELECT filing_no FROM resident_filings AS f JOIN residents AS r USING (resident_id)"
        " WHERE resident_id = $1",
        uuid_of(resident, "res"),
    )
    entry = await window.gate.post(ENTRIES, {"filing_no": f" {filing_no.lower()} "})
    assert (entry["resident_id"], entry["vehicle_plate"]) == (resident, None)


async def test_a_filing_that_does_not_hold_today_lets_nobody_in(window: Window) -> None:
    answer = await window.gate.try_post(ENTRIES, {"filing_no": f"T{uuid4().hex[:12]}"})
    assert reasons(answer) == GONE


@pytest.mark.parametrize(("same_number", "expected"), [(True, []), (False, GONE)])
async def test_who_has_renewed_comes_in_by_the_renewed_certificate_alone(
    window: Window, same_number: bool, expected: list[tuple[str, str]]
) -> None:
    number, filing_no = fresh_resident_no(), f"T{uuid4().hex[:12]}"
    first = {
        "resident_no": number,
        "name": "测试",
        "sex": "F",
        "township": "东兴镇",
        "phone": "13000000000",
        "filing_no": filing_no,
        "filed_on": "2026-01-05",
        "valid_until": "2028-01-05",
    }
    another = filing_no if same_number else f"T{uuid4().hex[:12]}"
    today = business_day(datetime.now(UTC))
    renewed = {
        "filing_no": another,
        "filed_on": f"{today}",
        "valid_until": f"{today + timedelta(days=700)}",
    }
    for row in (first, {**first, **renewed}):
        await window.registrar.post("/registry/v1/residents", {"rows": [row]})
    answer = await window.gate.try_post(ENTRIES, {"filing_no": filing_no})
    assert reasons(answer) == expected


@pytest.mark.parametrize(
    "body", [{}, {"vehicle_plate": "桂P12345", "filing_no": "T1"}, {"entered_at": "2026-01-01"}]
)
async def test_one_thing_comes_in_and_the_window_says_when(
    window: Window, body: dict[str, str]
) -> None:
    answer = await window.gate.try_post(ENTRIES, body)
    assert answer.status_code == 422, answer.text


async def test_only_a_gate_records_and_a_trader_reads_no_entries(office: Office) -> None:
    body = {"vehicle_plate": "桂P12345"}
    for role in ("clerk", "carrier", "registrar", "officer"):
        assert (await office.post("/entries", body, role=role)).status_code == 403
    assert (await office.get("/entries", role="clerk")).status_code == 403


async def test_a_gate_sees_the_entries_of_its_own_port_and_day(window: Window) -> None:
    entry = await window.gate.post(ENTRIES, {"vehicle_plate": "桂P90909"})
    elsewhere = window.parties.act_as("gate", "gate:G2", port="LONGBANG")
    assert entry not in (await elsewhere.get(ENTRIES, limit=200))["items"]
    assert not (await window.gate.get(ENTRIES, day="2026-01-01"))["items"]


async def test_the_same_key_records_one_entry(window: Window) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"vehicle_plate": own_plate()}
    first = await window.gate.try_post(ENTRIES, body, **key)
    again = await window.gate.try_post(ENTRIES, body, **key)
    assert (first.status_code, first.json()) == (201, again.json())
