"""A case that counts how often it is told to look. Light, because the sandbox imports it anew."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case


@workflow.defn(name="Listener")
class Listener:
    """Looks whenever it is told, until it is told to end."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._case = case
        self._looks = 0
        self._ended = False

    @workflow.run
    async def run(self, case: Case) -> int:
        """How often it looked after its start."""
        await workflow.wait_condition(lambda: self._ended)
        return self._looks

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record."""
        self._looks += 1

    @workflow.signal
    def end(self) -> None:
        """Enough."""
        self._ended = True
