"""The list of open orders costs as much as there are open, however many were concluded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.inspection.domain.states import OrderState
from services.inspection.queries import Wanted, order_list
from services.kernel.messages import Actor
from services.platform.database import Row, Tx
from tests.support.asleep import Asleep
from tests.support.plans import filled

Place = tuple[bool, datetime | None, UUID]
_CONCLUDED = (
    "INSERT INTO inspection_orders SELECT another.*"
    " FROM (SELECT uuidv7() AS order_id, uuidv7() AS lot_id FROM generate_series(1, 5000)) AS n,"
    " (SELECT * FROM inspection_orders WHERE cardinality(officers) = 2 LIMIT 1) AS o,"
    " jsonb_populate_record(CAST(NULL AS inspection_orders), to_jsonb(o) || to_jsonb(n)"
    " || jsonb_build_object('state', 'CONCLUDED', 'author', o.officers[1], 'concluded_at', now(),"
    " 'disposal', 'RELEASE', 'lot_move', 'RELEASE')) AS another"
)
_OPEN = _CONCLUDED.replace(
    " || jsonb_build_object('state', 'CONCLUDED', 'author', o.officers[1], 'concluded_at', now(),"
    " 'disposal', 'RELEASE', 'lot_move', 'RELEASE')",
    " || jsonb_build_object('due_at', now() + random() * interval '1 h')",
)
_READ = text(
    "SELECT pg_stat_get_xact_tuples_returned(o) + pg_stat_get_xact_tuples_fetched(o)"
    " FROM (SELECT CAST('inspection_orders' AS regclass)) AS t (o)"
)
_SCANS = text("SELECT pg_stat_get_xact_numscans('inspection_orders'::regclass)")


async def test_open_orders_are_looked_up_and_concluded_ones_never_read(asleep: Asleep) -> None:
    _, order_id = await asleep.inspected()
    officer = Actor(subject="o", party="officer:o", role="officer", port=asleep.harbour.port)
    async with filled(asleep, "inspection_orders", _CONCLUDED) as tx:
        before = (await tx.execute(_SCANS)).scalar_one()
        found = await order_list(tx, officer, Wanted(only_open=True), after=None, rows=10_000)
        assert (await tx.execute(_SCANS)).scalar_one() == before
    assert order_id in {f"ins_{row['order_id'].hex}" for row in found}


async def test_the_first_page_of_thousands_is_read_without_the_others(asleep: Asleep) -> None:
    _, order_id = await asleep.inspected()
    of = "SELECT officers[1] FROM inspection_orders WHERE order_id = $1"
    drawn = await asleep.sql.fetchval(of, UUID(hex=order_id[4:]))
    async with filled(asleep, "inspection_orders", _OPEN) as tx:
        for whose, mine in ((drawn, False), (drawn, True), ("ofc_somebody_else", True)):
            officer = Actor(
                subject="o", party=f"officer:{whose}", role="officer", port=asleep.harbour.port
            )
            before = (await tx.execute(_READ)).scalar_one()
            await order_list(tx, officer, Wanted(only_open=True, mine=mine), after=None, rows=10)
            assert (await tx.execute(_READ)).scalar_one() - before < 100


async def test_orders_in_one_state_are_found_among_thousands_in_another(asleep: Asleep) -> None:
    _, order_id = await asleep.inspected()
    of = "SELECT officers FROM inspection_orders WHERE order_id = $1"
    first, second = await asleep.sql.fetchval(of, UUID(hex=order_id[4:]))
    # Before all that neighbours left to wait at the port.
    waits = text(
        "UPDATE inspection_orders SET state = :state, author = :author, perishable = true,"
        " due_at = '2000-01-01' WHERE order_id = :order_id"
    )
    async with filled(asleep, "inspection_orders", _OPEN) as tx:
        for state, author in ((OrderState.UNSTAFFED, None), (OrderState.AWAITING_SIGNATURE, first)):
            wanted = Wanted(state=state, only_open=True, mine=author is not None)
            values = {"order_id": UUID(hex=order_id[4:]), "state": state, "author": author}
            await tx.execute(waits, values)
            for drawn in (first, second):
                officer = Actor(
                    subject="o", party=f"officer:{drawn}", role="officer", port=asleep.harbour.port
                )
                before = (await tx.execute(_READ)).scalar_one()
                found = await order_list(tx, officer, wanted, after=None, rows=10)
                assert (await tx.execute(_READ)).scalar_one() - before < 100
                assert order_id in {f"ins_{row['order_id'].hex}" for row in found}


async def test_pages_follow_one_another_in_one_order_and_leave_nothing_out(asleep: Asleep) -> None:
    orders = [(await asleep.inspected())[1] for _ in range(3)]
    officer = Actor(subject="o", party="officer:o", role="officer", port=asleep.harbour.port)
    for only_open in (True, None):
        async with filled(asleep, "inspection_orders", "SELECT") as tx:
            whole = await queue(tx, officer, only_open, None, 10_000)
            found, after = [], None
            while page := await queue(tx, officer, only_open, after, 2):
                found += [row["order_id"] for row in page]
                after = place(page[-1])
        assert [place(row) for row in whole] == sorted(place(row) for row in whole)
        assert [row["order_id"] for row in whole] == found
        own = [row for row in whole if row["order_id"] in {UUID(hex=one[4:]) for one in orders}]
        assert len(own) == len(orders)
        assert all(row["due_at"] == row["release_due_at"] is not None for row in own)


async def queue(
    tx: Tx, officer: Actor, only_open: bool | None, after: Place | None, rows: int
) -> Sequence[Row]:
    """A page of the officer's port."""
    return await order_list(tx, officer, Wanted(only_open=only_open), after=after, rows=rows)


def place(row: Row) -> Place:
    """Where a row stands in the queue."""
    return not row["perishable"], row["due_at"], row["order_id"]
