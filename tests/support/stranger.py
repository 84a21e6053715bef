"""What a stranger who reaches the engine brings along. Light, because the sandbox imports it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio import activity, workflow
from temporalio.common import RawValue, RetryPolicy

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.search_attributes import STATE

FAR_OFF: Final = datetime(2099, 1, 1, tzinfo=UTC)


@workflow.defn(dynamic=True)
class Impostor:
    """Stands in for any case's workflow and says at once that all is done."""

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        """The state it pretends."""
        workflow.upsert_search_attributes([STATE.value_set("CLOSED")])
        return "CLOSED"


@activity.defn(dynamic=True)
async def pretend(args: Sequence[RawValue]) -> dict[str, Any] | None:
    """The result of any step: the case has ended as its party would like it."""
    if activity.info().activity_type == "risk.screen_lot":
        return None
    return {"state": "CLOSED", "ended": True, "look_at": None, "lane": "GREEN"}


@workflow.defn(name="Forger")
class Forger:
    """Puts steps of a case on the queues of others, as of a day when every clock has run out."""

    @workflow.run
    async def run(self, case_id: str, steps: list[str], queues: list[str]) -> list[str]:
        """Those that somebody took."""
        taken = []

        async def put(step: str, queue: str) -> None:
            await workflow.execute_activity(
                step,
                Case(case_id=case_id, at=FAR_OFF),
                task_queue=queue,
                schedule_to_close_timeout=timedelta(seconds=5),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
            taken.append(f"{step} on {queue}")

        forged = [put(step, queue) for step in steps for queue in queues]
        await asyncio.gather(*forged, return_exceptions=True)
        return taken
