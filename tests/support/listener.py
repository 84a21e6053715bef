"""A workflow that remembers what it is told. Light, because the sandbox imports it anew."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.ports.declaration import LotCase, LotSoldSignal


@workflow.defn(name="Listener")
class Listener:
    """Remembers what it is told until it is told to end."""

    @workflow.init
    def __init__(self, case: LotCase) -> None:
        self._heard: list[str] = []
        self._ended = False

    @workflow.run
    async def run(self, case: LotCase) -> list[str]:
        """What it heard."""
        await workflow.wait_condition(lambda: self._ended)
        return self._heard

    @workflow.signal
    def lot_sold(self, fact: LotSoldSignal) -> None:
        """Something to remember."""
        self._heard.append(fact.purchase_id)

    @workflow.signal
    def end(self) -> None:
        """Enough."""
        self._ended = True
