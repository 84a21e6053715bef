"""The backlog: what waits, and since when."""

from __future__ import annotations

from uuid import uuid4

from prometheus_client import REGISTRY

from deploy.operate.backlog import KINDS, backlog, notices_measured, webhooks_measured
from deploy.operate.runs import untold
from tests.support.window import Window


async def test_every_kind_of_waiting_work_has_an_age(window: Window) -> None:
    assembly = window.assembly
    ages = await backlog(assembly.database("relay"), assembly.database("window"))
    assert set(ages) == set(KINDS)
    assert all(age >= 0 for age in ages.values())


async def test_an_act_that_is_not_carried_out_grows_old_and_is_counted_by_kind(
    window: Window,
) -> None:
    assembly = window.assembly
    await window.sql.execute(
        "INSERT INTO outbox (told, opens, source, place, created_at, due_at)"
        " VALUES ('lot_test', false, 'ins_test', 4, now() - interval '1 hour',"
        " now() + interval '1 hour')"
    )
    try:
        ages = await backlog(assembly.database("relay"), assembly.database("window"))
        (lots,) = [u for u in await untold(assembly.database("relay")) if u.kind == "lot"]
    finally:
        await window.sql.execute("DELETE FROM outbox WHERE told = 'lot_test'")
    assert 3600 <= ages["outbox"] < 3700
    assert lots.waiting >= 1
    assert 3600 <= lots.age_s < 3700


async def test_a_webhook_that_is_behind_or_suspended_shows(window: Window) -> None:
    def measured(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tradewindow_{name}", labels) or 0.0

    reader = window.assembly.database("window")
    await webhooks_measured(reader)
    before = measured("webhooks", state="suspended")
    insert = (
        "INSERT INTO webhooks (webhook_id, party, subject, role, url, secret_sealed, state,"
        " after_xid, after_number, failing_since, due_at, leased_until, created_at)"
        " SELECT gen_random_uuid(), 'group:test', 'clerk', 'clerk', 'https://example.org', '',"
        " state, 0, 0, now(),"
        " 'infinity', now(), now() FROM unnest(ARRAY['ACTIVE', 'SUSPENDED']) AS state"
    )
    await window.sql.execute(insert)
    try:
        await webhooks_measured(reader)
    finally:
        await window.sql.execute("DELETE FROM webhooks WHERE party = 'group:test'")
    assert measured("webhooks", state="suspended") == before + 1
    assert measured("webhooks", state="failing") >= 1


async def test_notices_that_wait_or_were_given_up_show(window: Window) -> None:
    def measured(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tradewindow_{name}", labels) or 0.0

    reader, sms = window.assembly.database("window"), {"channel": "SMS"}
    await notices_measured(reader)
    before = measured("notices_waiting", **sms), measured("notices_given_up", **sms)
    code = uuid4()
    await window.sql.execute(
        "INSERT INTO notice_codes (code_id, party, subject, channel, contact_sealed, contact_hash,"
        " masked, state, asked_at, ends_at)"
        " SELECT id, 'group:test', 's', 'SMS', '', '', '', 'OVER', now(), now()"
        " FROM unnest($1::uuid[]) AS n (id)",
        [code, other := uuid4()],
    )
    await window.sql.execute(
        "INSERT INTO notice_deliveries (delivery_id, code_id, party, subject, channel, state,"
        " queued_at, due_at, leased_until, ended_at)"
        " SELECT uuidv7(), id, 'group:test', 's', 'SMS', state, now() - interval '1 hour',"
        " now() - interval '1 hour', now(), ended_at"
        " FROM (VALUES ($1::uuid, 'QUEUED', NULL), ($2, 'GIVEN_UP', now()))"
        " AS n (id, state, ended_at)",
        code,
        other,
    )
    try:
        await notices_measured(reader)
    finally:
        await window.sql.execute("DELETE FROM notice_deliveries WHERE party = 'group:test'")
        await window.sql.execute("DELETE FROM notice_codes WHERE party = 'group:test'")
    assert measured("notices_waiting", **sms) == before[0] + 1
    assert measured("notices_given_up", **sms) == before[1] + 1
    assert 3600 <= measured("notices_waiting_age_seconds", **sms) < 3700
