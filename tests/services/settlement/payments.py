"""A payment that waits for its bank, and that bank's door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx2

from deploy.sandbox.bank import SignedClient
from services.kernel.money import Money
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status
from tests.support.bench import API, Bench

STATUSES: Final = f"{API}/bank/statuses"


class Offered:
    """An instruction that waits for its bank, and that bank's door."""

    def __init__(self, bench: Bench, case: dict[str, Any], message_id: str) -> None:
        self.bench = bench
        self.instruction_id: str = case["instruction_id"]
        self.lot_id: str = case["lot_id"]
        self.bic: str = case["bank_bic"]
        self.message_id = message_id

    @property
    def client(self) -> SignedClient:
        """The bank's signed client."""
        return self.bench.signed(self.bic)

    def xml(self, code: str, amount: str | None = "7934.00", **changes: Any) -> bytes:
        """A status report on this instruction."""
        return self.report([self.status(code, amount, changes)], **changes)

    def status(self, code: str, amount: str | None, changes: dict[str, Any]) -> Status:
        """One status of this instruction."""
        return Status(
            original_message=changes.pop("message", self.message_id.removeprefix("msg_")),
            original_instruction=changes.pop(
                "instruction", self.instruction_id.removeprefix("stl_")
            ),
            code=code,
            amount=None if amount is None else Money.parse(amount, "CNY"),
            reason=changes.pop("reason", None),
        )

    def report(self, statuses: list[Status], **changes: Any) -> bytes:
        """A report with these statuses."""
        return payment_status.built(
            message_ref=changes.pop("ref", uuid4().hex),
            created_at=datetime.now(UTC),
            from_bic=changes.pop("from_bic", self.bic),
            statuses=statuses,
        )

    async def say(self, *said: tuple[Offered, str]) -> httpx2.Response:
        """Say several things of several payments in one report."""
        statuses = [
            of.status(code, "7934.00", {"reason": "AC04"} if code == "RJCT" else {})
            for of, code in said
        ]
        return await self.client.post(STATUSES, self.report(statuses), "application/xml")

    async def answer(
        self, code: str, amount: str | None = "7934.00", **how: Any
    ) -> httpx2.Response:
        """Send a status as the bank."""
        return await self.client.post(STATUSES, self.xml(code, amount, **how), "application/xml")


async def one_offered(bench: Bench, **lot: Any) -> Offered:
    """A payment that waits for its bank; all of a day wait for the same one."""
    case = await bench.read(await bench.start(await bench.lot(**lot)))
    assert case["state"] == "OFFERED"
    waiting = await bench.signed(case["bank_bic"]).get(f"{API}/bank/messages", limit="200")
    own = [m for m in waiting.json()["items"] if m["instruction_id"] == case["instruction_id"]]
    return Offered(bench, case, own[0]["message_id"])
