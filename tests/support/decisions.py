"""Decisions that were made by a worker which died before their case's history said so.

A test takes the step by its own method, as that worker did: all of it is committed, the engine
never hears of it, and nobody sends the request again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

import asyncpg
from temporalio.client import Client
from temporalio.service import RPCError

from services.kernel.messages import Actor, Decision, Receipt


def decision(case: str, update: str, actor: Actor, body: dict[str, Any]) -> Decision:
    """A decision as the API sends it."""
    receipt = Receipt(subject=actor.subject, key=uuid4().hex, fingerprint="f")
    return Decision(
        case=case,
        workflow="its workflow",
        queue="its queue",
        update=update,
        actor=actor,
        receipt=receipt,
        request_id="r",
        body=body,
    )


def acting(role: str, party: str, *, port: str | None = None) -> Actor:
    """Someone who acts for a party under its own name."""
    return Actor(subject=party, party=party, role=role, port=port)


async def brought_again(sql: asyncpg.Pool, case: str) -> None:
    """The time after which the relay brings a case's decisions once more is over."""
    moved = "UPDATE outbox SET due_at = now() WHERE workflow_id = $1 AND decision IS NOT NULL"
    await sql.execute(moved, case)


async def how_it_ended(client: Client, case: str) -> str:
    """What the case's workflow ended with; the relay may not have started it yet."""
    for _ in range(200):
        with contextlib.suppress(RPCError):
            ended: str = await client.get_workflow_handle(case, result_type=str).result()
            return ended
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case} was not started")
