"""Messages to Temporal, committed with the rows they belong to and delivered by the relay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Table, Text, text

from services.kernel.messages import Decision
from services.platform.database import Tx, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger, Identity(), primary_key=True),
    Column("workflow_id", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("start_message", Text),
    Column("signal", Text),
    Column("signal_message", Text),
    Column("decision", Text),
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    info={"owner": "relay"},
)
"""One row per undelivered message; the relay deletes it once Temporal has taken it.

It starts a workflow, with or without a signal, or signals it; with a decision, ``signal`` names the
Update that brings it.
"""

INSERT: Final = (
    "INSERT INTO outbox (workflow_id, workflow, queue, start_message, signal, signal_message,"
    " attributes) VALUES (:out_id, :out_workflow, :out_queue, :out_start, :out_signal,"
    " :out_message, :out_attributes)"
)
"""SQL of one message, to be used inside a larger statement with ``parameters()``."""

_INSERT = text(INSERT)
_INSERT_DECISION = text(
    "INSERT INTO outbox (workflow_id, workflow, queue, signal, decision, due_at)"
    " VALUES (:case, :workflow, :queue, :update, :decision, now() + :after)"
)
_BROUGHT_AGAIN_AFTER: Final = timedelta(seconds=10)
"""By then a case whose worker lives has kept the decision in its history."""


def parameters(
    *,
    workflow: str,
    case: str,
    queue: str,
    start: BaseModel | None = None,
    signal: str | None = None,
    message: BaseModel | None = None,
    attributes: dict[str, Any] | None = None,
) -> dict[str, object]:
    """Bind values for INSERT. Attributes are Temporal search attributes by name."""
    return {
        "out_id": case,
        "out_workflow": workflow,
        "out_queue": queue,
        "out_start": None if start is None else start.model_dump_json(),
        "out_signal": signal,
        "out_message": None if message is None else message.model_dump_json(),
        "out_attributes": json.dumps(attributes or {}, ensure_ascii=False),
    }


async def start_workflow(
    tx: Tx,
    *,
    workflow: str,
    case: str,
    queue: str,
    message: BaseModel,
    attributes: dict[str, Any] | None = None,
) -> None:
    """Start a workflow once this transaction has committed; a second start collapses into it."""
    values = parameters(
        workflow=workflow, case=case, queue=queue, start=message, attributes=attributes
    )
    await tx.execute(_INSERT, values)


async def signal(
    tx: Tx,
    *,
    workflow: str,
    case: str,
    queue: str,
    name: str,
    message: BaseModel | None = None,
    start: BaseModel | None = None,
) -> None:
    """Tell a workflow a fact once this transaction has committed.

    With ``start`` the workflow is started if it is not running yet, so the order of a start and
    its first signal does not matter. A signal to a closed workflow is dropped with a log line.
    """
    values = parameters(
        workflow=workflow, case=case, queue=queue, start=start, signal=name, message=message
    )
    await tx.execute(_INSERT, values)


async def decision(tx: Tx, made: Decision) -> None:
    """Bring a decision that this transaction carries out to its case once more, a little later.

    A case whose worker died before the engine kept the decision learns of it so; to a case that
    knows it, or has ended, it is nothing new.
    """
    values = {
        "case": made.case,
        "workflow": made.workflow,
        "queue": made.queue,
        "update": made.update,
        "decision": made.model_dump_json(),
        "after": _BROUGHT_AGAIN_AFTER,
    }
    await tx.execute(_INSERT_DECISION, values)
