"""Names and identity numbers: sealed at rest, absent from logs, events, answers and histories."""

from __future__ import annotations

import logging

import httpx2
import pytest
import structlog
from structlog.testing import LogCapture

from services.platform.temporal import connect
from tests.support.harbour import Harbour
from tests.support.window import lot_body

NAME, PHONE = "测试", "13000000000"


async def test_a_submission_logs_neither_its_body_nor_an_identity_number(
    harbour: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    group = await harbour.group(2)
    body = lot_body(group, port=harbour.port, goods_name="不该出现在日志里")
    refused = {**body, "tickets": [{**t, "value": "9000.00"} for t in body["tickets"]]}
    spoilt = {**body, "net_kg": "not a weight"}
    logged = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logged])
    try:
        with caplog.at_level(logging.DEBUG):
            for sent in (refused, spoilt, body):
                await group.clerk.try_post("/declaration/v1/lots", sent)
    finally:
        structlog.configure(**before)
    requests = [e for e in logged.entries if e["event"] == "request"]
    assert [r["status"] for r in requests[-3:]] == [409, 422, 201]
    said = str(logged.entries) + caplog.text
    for secret in (*group.residents, body["goods_name"], body["reference"], group.clerk.bearer):
        assert secret not in said


async def test_answers_show_no_identity_number(harbour: Harbour) -> None:
    group = await harbour.group(2)
    answers: list[httpx2.Response] = [
        await harbour.window.lot(group, port=harbour.port, values=["9000.00", "1.00"]),
        await harbour.window.lot(group, port=harbour.port),
    ]
    lot_id = answers[1].json()["lot_id"]
    headers = {"Authorization": f"Bearer {group.clerk.bearer}"}
    for path in ("", "/tickets"):
        url = f"/declaration/v1/lots/{lot_id}{path}"
        answers.append(await group.clerk.http.get(url, headers=headers))
    for number in group.residents:
        assert all(number not in answer.text for answer in answers)


async def test_no_row_of_any_table_holds_a_number_a_name_or_a_phone_in_clear(
    harbour: Harbour,
) -> None:
    group = await harbour.group(3)
    await harbour.released(group)
    tables = await harbour.window.sql.fetch(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    found: dict[str, int] = {}
    for table in tables:
        count = await harbour.window.sql.fetchval(
            f"SELECT count(*) FROM {table['name']} AS t WHERE t::text LIKE ANY($1)",
            [f"%{secret}%" for secret in (*group.residents, PHONE)],
        )
        if count:
            found[table["name"]] = count
    assert found == {}


async def test_a_workflows_history_holds_ids_codes_and_sums_only(harbour: Harbour) -> None:
    group = await harbour.group(2)
    lot_id = await harbour.released(group)
    settings = harbour.window.assembly.settings
    client = await connect(settings.temporal_address, settings.temporal_namespace)
    history = await client.get_workflow_handle(lot_id).fetch_history()
    raw = b"".join(e.SerializeToString() for e in history.events)
    for secret in (*group.residents, NAME, PHONE, "带壳腰果", "桂P12345"):
        assert secret.encode() not in raw
