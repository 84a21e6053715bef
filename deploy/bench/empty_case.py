"""The floor under a case: a workflow that starts and ends."""

from __future__ import annotations

from temporalio import workflow


@workflow.defn(name="EmptyCase")
class EmptyCase:
    """Does nothing; what it costs is the engine's own."""

    @workflow.run
    async def run(self) -> None:
        """End at once."""
