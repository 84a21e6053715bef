"""The backlog: what waits, and since when."""

from __future__ import annotations

from deploy.backlog import KINDS, backlog
from tests.support.window import Window


async def test_every_kind_of_waiting_work_has_an_age(window: Window) -> None:
    assembly = window.assembly
    ages = await backlog(assembly.database("relay"), assembly.database("window"))
    assert set(ages) == set(KINDS)
    assert all(age >= 0 for age in ages.values())


async def test_a_message_that_is_not_delivered_grows_old(window: Window) -> None:
    assembly = window.assembly
    await window.sql.execute(
        "INSERT INTO outbox (workflow_id, workflow, queue, signal, created_at, due_at)"
        " VALUES ('lot_test', 'ResidentDeclaration', 'declaration', 'gate_passed',"
        " now() - interval '1 hour', now() + interval '1 hour')"
    )
    try:
        ages = await backlog(assembly.database("relay"), assembly.database("window"))
    finally:
        await window.sql.execute("DELETE FROM outbox WHERE workflow_id = 'lot_test'")
    assert 3600 <= ages["outbox"] < 3700
