"""A case is found by the end of its number without looking at others, however many there are."""

from __future__ import annotations

from services.window.queries.cases import BY_REFERENCE_OR_NUMBER
from tests.support.asleep import Asleep
from tests.support.plans import filled, plan_of

MANY = """
    INSERT INTO cases (case_id, kind, seq, head, xid, version, opened_at, readers, due_strictly)
    SELECT gen_random_uuid(), 'lot', 1, decode(repeat('00', 32), 'hex'), pg_current_xact_id(), 1,
        now(), '{}', false
    FROM generate_series(1, 20000)
"""
ASKED = {"reference": "98b52f8e", "number": "98b52f8e", "after": None, "rows": 21}
AUDITOR = {"kinds": ["lot", "ins"], "sees_all": True, "readers": [], "resident_id": None}


async def test_an_index_leads_to_the_cases_of_a_number(asleep: Asleep) -> None:
    values = {**ASKED, **AUDITOR}
    statement = BY_REFERENCE_OR_NUMBER.as_asked(values)
    async with filled(asleep, "cases", MANY) as tx:
        plan = await plan_of(tx, statement, values)
    assert "ix_cases_short_number" in plan
    assert "Seq Scan on cases" not in plan
    assert "pk_cases" not in plan
