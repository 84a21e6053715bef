"""A lot costs the same number of statements and of history events however many tickets it has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError

from services.platform.temporal import connect
from tests.support.harbour import Harbour
from tests.support.patience import LOOKS
from tests.support.window import AS_SUBMITTED, Group

SERVICES = ("declaration", "risk")


@contextmanager
def counted(harbour: Harbour) -> Iterator[list[str]]:
    """Every statement the services send while a lot goes its way."""
    sent: list[str] = []
    with ExitStack() as watching:
        kept = [
            watching.enter_context(harbour.window.assembly.database(s).watched()) for s in SERVICES
        ]
        yield sent
    sent += [statement for statements in kept for statement in statements]


async def through_the_window(harbour: Harbour, group: Group, tickets: int) -> tuple[int, int]:
    """Submit, confirm and release a lot; its statements and its workflow's history events."""
    lot = {"residents": group.residents[:tickets], "values": ["7.00"] * tickets, "kg_each": "1"}
    with counted(harbour) as sent:
        lot_id = await harbour.accepted(group, **lot)
        await history(harbour, lot_id, EventType.EVENT_TYPE_MARKER_RECORDED, 1)
        path = f"/declaration/v1/lots/{lot_id}/confirmations"
        await group.clerk.post(path, {"by_mandate": True}, **AS_SUBMITTED)
        # Looked at twice: before it was confirmed, and then screened and released.
        await history(harbour, lot_id, EventType.EVENT_TYPE_MARKER_RECORDED, 3)
    statements = len(sent)
    assert await harbour.events(lot_id) == [
        "LotSubmitted",
        "SharesConfirmed",
        "IdentityConfirmed",
        "LotScreened",
        "LotReleased",
    ]
    return statements, len(await history(harbour, lot_id, EventType.EVENT_TYPE_MARKER_RECORDED, 3))


async def history(
    harbour: Harbour, lot_id: str, kind: EventType.ValueType, times: int
) -> list[int]:
    """The kinds of a case's history events, as soon as one kind is there often enough."""
    settings = harbour.window.assembly.settings
    client = await connect(settings.temporal_address, settings.temporal_namespace)
    for _ in range(LOOKS):
        with contextlib.suppress(RPCError):
            found = await client.get_workflow_handle(lot_id).fetch_history()
            kinds = [e.event_type for e in found.events]
            if kinds.count(kind) >= times:
                return list(kinds)
        await asyncio.sleep(0.05)
    raise AssertionError(f"the history of {lot_id} did not go on")


@pytest.mark.slow
async def test_ten_and_a_thousand_tickets_cost_the_same_statements_and_history_events(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1000)
    await through_the_window(harbour, group, 2)
    few = many = (10**6, 10**6)
    for _ in range(3):
        # Others' cases only add to what is counted beside theirs.
        few = min(few, await through_the_window(harbour, group, 10))
        many = min(many, await through_the_window(harbour, group, 1000))
        if few == many:
            break
    assert few == many
    statements, events = few
    assert statements <= 30
    assert events <= 25
