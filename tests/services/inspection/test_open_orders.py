"""The list of open orders costs as much as there are open, however many were concluded."""

from __future__ import annotations

from sqlalchemy import text

from services.inspection.queries import order_list
from services.kernel.messages import Actor
from tests.support.asleep import Asleep
from tests.support.plans import filled

_CONCLUDED = (
    "INSERT INTO inspection_orders SELECT another.*"
    " FROM (SELECT uuidv7() AS order_id, uuidv7() AS lot_id FROM generate_series(1, 5000)) AS n,"
    " (SELECT * FROM inspection_orders WHERE cardinality(officers) = 2 LIMIT 1) AS o,"
    " jsonb_populate_record(CAST(NULL AS inspection_orders), to_jsonb(o) || to_jsonb(n)"
    " || jsonb_build_object('state', 'CONCLUDED', 'author', o.officers[1], 'concluded_at', now(),"
    " 'disposal', 'RELEASE', 'lot_move', 'RELEASE')) AS another"
)
_SCANS = text("SELECT pg_stat_get_xact_numscans('inspection_orders'::regclass)")


async def test_open_orders_are_looked_up_and_concluded_ones_never_read(asleep: Asleep) -> None:
    _, order_id = await asleep.inspected()
    officer = Actor(subject="o", party="officer:o", role="officer", port=asleep.harbour.port)
    async with filled(asleep, "inspection_orders", _CONCLUDED) as tx:
        before = (await tx.execute(_SCANS)).scalar_one()
        asked = {"state": None, "absent": None, "officer_id": None, "after": None}
        found = await order_list(tx, officer, only_open=True, **asked, rows=10_000)
        assert (await tx.execute(_SCANS)).scalar_one() == before
    assert order_id in {f"ins_{row['order_id'].hex}" for row in found}
