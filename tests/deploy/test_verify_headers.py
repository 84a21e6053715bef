"""`tradewindow verify` asks of each case's header whether its owner's row says the same."""

from __future__ import annotations

from services.kernel.identifiers import uuid_of
from tests.deploy.conftest import Log


async def test_a_header_that_says_another_state_than_the_owners_row_is_named(log: Log) -> None:
    await log.superuser.execute(
        "UPDATE cases SET state = 'RELEASED', holder = 'carrier' WHERE case_id = $1",
        uuid_of(log.lot_id, "lot"),
    )

    by_row, by_events = await log.findings()

    assert by_row.startswith(log.lot_id) and by_events.startswith(log.lot_id)
    assert "its header says RELEASED, its owner's row None" in by_row
    assert "it is RELEASED, and by its events it is " in by_events
