"""Banks that pay at once: they fetch a message when the window has it, and say that it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey

from deploy.bench.watch import Watch
from deploy.demo.bank import QUOTES
from deploy.operate.data_directory import LocalError
from deploy.sandbox.bank import SignedClient
from deploy.sandbox.parties import Parties
from services.kernel.money import Money
from services.settlement.domain.messages import credit_transfer, payment_status, reading

_API: Final = "/settlement/v1"
_VOLUME: Final = "30000000.00"


@dataclass(frozen=True)
class InstantBanks:
    """All banks of the market, each with its own signature."""

    clients: Mapping[str, SignedClient]
    watch: Watch

    @classmethod
    def of(cls, parties: Parties, keys: Mapping[str, OKPKey], watch: Watch) -> InstantBanks:
        """The banks that are on file with these keys."""
        clients = {
            bic: SignedClient(parties.http, bic, parties.act_as("bank", f"bank:{bic}").bearer, key)
            for bic, key in keys.items()
        }
        return cls(clients, watch)

    async def quote(self) -> None:
        """Every bank posts its price; a posted one holds for half an hour."""
        for client, (mid, _) in zip(self.clients.values(), QUOTES, strict=True):
            body = f'{{"pair":"CNY/VND","mid":"{mid}","volume":"{_VOLUME}"}}'.encode()
            _taken(await client.post("/market/v1/quotes", body, "application/json"))

    async def pay(self, instruction_id: str) -> None:
        """Fetch the message of an instruction as soon as it waits, and report it settled."""
        offered = await self.watch.first(instruction_id, lambda e: "message_id" in e.data)
        client = self.clients[offered.data["bank_bic"]]
        message_id = offered.data["message_id"]
        message = _taken(await client.get(f"{_API}/bank/messages/{message_id}")).content
        report = _settled(message, client.bic)
        _taken(await client.post(f"{_API}/bank/statuses", report, "application/xml"))


def _settled(message: bytes, bic: str) -> bytes:
    """The status report that says a credit transfer is settled as it was asked for."""
    document = credit_transfer.checked(reading.opened(message)).fito_ficstmr_cdt_trf
    transfer = document.cdt_trf_tx_inf[0]
    amount = transfer.intr_bk_sttlm_amt
    status = payment_status.Status(
        original_message=document.grp_hdr.msg_id,
        original_instruction=transfer.pmt_id.instr_id,
        code="ACSC",
        amount=Money.parse(amount.value, amount.ccy),
        bank_reference=uuid4().hex,
    )
    return payment_status.built(
        message_ref=uuid4().hex,
        created_at=datetime.now(UTC),
        from_bic=bic,
        statuses=[status],
    )


def _taken(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code >= 400:
        raise LocalError(f"The window answered {answer.status_code} to a bank: {answer.text[:400]}")
    return answer
