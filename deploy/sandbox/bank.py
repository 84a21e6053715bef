"""The sandbox's banks: real counterparts that keep their books in a real mock-bank server.

A bank takes what waits for it from the window with signed requests, instructs its book by
pain.001, reads the book's pain.002 and camt.054, and answers the window with pacs.002. Its habits
can be switched: to refuse, to stay silent, to answer twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms
from joserfc.jwk import OKPKey

from deploy.sandbox.book import Book, Habit, Order
from services.kernel.money import Money
from services.settlement.domain.messages import credit_transfer, payment_status, reading
from services.settlement.domain.messages.payment_status import Status

_API: Final = "/settlement/v1"
_AT_ONCE: Final = 8
_PER_REPORT: Final = 50
_AGAIN_S: Final = 1.0
#: ISO external status reason: the agent gives none. A window takes no rejection without a reason.
_UNSTATED: Final = "MS03"


@dataclass
class _Outgoing:
    """A request as the signer sees it."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class SignedClient:
    """A bank's way into the window: its bearer token and its signature (RFC 9421, Ed25519)."""

    http: httpx2.AsyncClient
    bic: str
    bearer: str
    key: OKPKey
    target: tuple[str, ...] = ("@method", "@target-uri")
    """What of the request's line is signed."""

    async def get(self, path: str, **params: str) -> httpx2.Response:
        """A signed read."""
        query = f"?{urlencode(params)}" if params else ""
        return await self.send("GET", f"{path}{query}")

    async def post(
        self, path: str, body: bytes, content_type: str, *, idempotency_key: str | None = None
    ) -> httpx2.Response:
        """A signed act with its Idempotency-Key."""
        headers = {
            "Content-Type": content_type,
            "Idempotency-Key": idempotency_key or uuid4().hex,
        }
        return await self.send("POST", path, body=body, headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        created: datetime | None = None,
    ) -> httpx2.Response:
        """Sign a request as it will be sent, and send it."""
        url = str(self.http.base_url.join(path))
        signed = {**(headers or {}), "Authorization": f"Bearer {self.bearer}"}
        covered = list(self.target)
        if "Idempotency-Key" in signed:
            covered.append("idempotency-key")
        message = _Outgoing(method, url, signed)
        signer = HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(
                public_keys={}, private_keys={self.bic: _private(self.key)}
            ),
        )
        signer.sign(
            message,
            key_id=self.bic,
            created=created or datetime.now(UTC),
            covered_component_ids=tuple(covered),
            body=body if method != "GET" else None,
        )
        return await self.http.request(method, url, content=body or None, headers=message.headers)


def _private(key: OKPKey) -> Ed25519PrivateKey:
    found = key.private_key
    if not isinstance(found, Ed25519PrivateKey):
        raise TypeError("a bank signs with an Ed25519 key")
    return found


@dataclass
class SandboxBank:
    """One bank: takes what waits, pays it from its book, and says so."""

    client: SignedClient
    book: Book
    habit: Habit = Habit.ANSWER
    instructed: set[str] = field(default_factory=set)
    answered: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def bic(self) -> str:
        """The bank's identifier."""
        return self.client.bic

    async def open(self, currencies: Iterable[str] = ("CNY", "VND")) -> None:
        """Open its clearing accounts in the book."""
        for currency in currencies:
            await self.book.open_account(self.bic, currency)

    async def take_habit(self, habit: Habit, currencies: Iterable[str] = ("CNY", "VND")) -> None:
        """Behave like this from now on."""
        self.habit = habit
        for currency in currencies:
            await self.book.behave(self.bic, currency, habit)

    async def quote(self, pair: str, mid: str, volume: str) -> dict[str, Any]:
        """Post a quote; answers with the pooled price that follows."""
        body = f'{{"pair":"{pair}","mid":"{mid}","volume":"{volume}"}}'.encode()
        answer = await self.client.post("/market/v1/quotes", body, "application/json")
        answer.raise_for_status()
        posted: dict[str, Any] = answer.json()
        return posted

    async def waiting(self) -> Sequence[dict[str, Any]]:
        """Everything that waits for this bank."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            params = {"limit": "200"} | ({} if cursor is None else {"cursor": cursor})
            answer = await self.client.get(f"{_API}/bank/messages", **params)
            answer.raise_for_status()
            page = answer.json()
            found.extend(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def work_once(self) -> int:
        """Deal with everything that waits; returns how many payments were reported on."""
        return await self._deal_with(await self.waiting())

    async def _deal_with(self, waiting: Sequence[Mapping[str, Any]]) -> int:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def instruct(item: Mapping[str, Any]) -> None:
            async with turns:
                await self._instruct(item)

        await asyncio.gather(*map(instruct, waiting))
        await self.book.collect()
        said = [(item, status) for item in waiting if (status := await self._status(item))]
        for start in range(0, len(said), _PER_REPORT):
            batch = said[start : start + _PER_REPORT]
            await self._answer([status for _, status in batch])
            for item, status in batch:
                self.answered[item["message_id"]] = (status.code, item["reminders"])
        return len(said)

    async def work(self, *, wait_s: int = 20) -> None:
        """Deal with what waits until cancelled; an unreachable window is waited for.

        The window answers as soon as its list is another one; the book's own word on a payment that
        it is still working on is asked for every second.
        """
        known, waiting = "", list[dict[str, Any]]()
        while True:
            try:
                working = any(self._is_working_on(item) for item in waiting)
                changed = await self._changed_from(known, 1 if working else wait_s)
                if changed is not None:
                    known, waiting = changed
                await self._deal_with(waiting)
            except httpx2.HTTPError:
                known = ""
                await asyncio.sleep(_AGAIN_S)

    def _is_working_on(self, item: Mapping[str, Any]) -> bool:
        return self.answered.get(item["message_id"], ("", 0))[0] == "ACSP"

    async def _changed_from(
        self, known: str, wait_s: int
    ) -> tuple[str, list[dict[str, Any]]] | None:
        """What waits, with its ETag, once that is another; None when it is not in so many seconds.

        Of a longer list the first page: what is dealt with makes room.
        """
        headers = {"Prefer": f"wait={wait_s}", "If-None-Match": known or '"none"'}
        path = f"{_API}/bank/messages?limit=200"
        answer = await self.client.send("GET", path, headers=headers)
        if answer.status_code == 304:
            return None
        answer.raise_for_status()
        return answer.headers["ETag"], answer.json()["items"]

    async def _instruct(self, item: Mapping[str, Any]) -> None:
        """Instruct the book once, however often the message is listed."""
        message_id, reference = str(item["message_id"]), _reference(item)
        if message_id in self.instructed:
            return
        # A message fetched before may be in the book already: before a restart, for example.
        if not (item["fetched"] and await self.book.knows(reference)):
            answer = await self.client.get(f"{_API}/bank/messages/{message_id}")
            # Taken back, called in, or held for its compliance since it was listed.
            if answer.status_code in (404, 409):
                return
            answer.raise_for_status()
            await self.book.instruct(self.bic, _order(answer.content))
        self.instructed.add(message_id)

    async def _status(self, item: Mapping[str, Any]) -> Status | None:
        """What is to be said of a payment now; None while the book is silent or said before."""
        reference, reminders = _reference(item), item["reminders"]
        entry = self.book.entry(reference)
        if entry is None and reminders and self.habit is not Habit.SILENT:
            entry = await self.book.investigate(reference)
        if entry is None:
            return None
        code = "RJCT" if entry.status == "RJCT" else "ACSC" if entry.debited else "ACSP"
        if self.answered.get(item["message_id"]) == (code, reminders):
            return None
        amount = item["amount"]
        return Status(
            original_message=str(item["message_id"]).removeprefix("msg_"),
            original_instruction=reference,
            code=code,
            amount=Money.parse(amount["amount"], amount["currency"]),
            reason=(entry.reason or _UNSTATED) if code == "RJCT" else None,
            bank_reference=entry.reference,
        )

    async def _answer(self, statuses: Sequence[Status]) -> None:
        report = payment_status.built(
            message_ref=uuid4().hex,
            created_at=datetime.now(UTC),
            from_bic=self.bic,
            statuses=statuses,
        )
        for _ in range(2 if self.habit is Habit.TWICE else 1):
            answer = await self.report(report)
            if answer.status_code >= 500 or answer.status_code in (401, 403, 429):
                answer.raise_for_status()

    async def report(self, xml: bytes) -> httpx2.Response:
        """Send a status report to the window."""
        return await self.client.post(f"{_API}/bank/statuses", xml, "application/xml")


def _reference(item: Mapping[str, Any]) -> str:
    return str(item["instruction_id"]).removeprefix("stl_")


def _order(xml: bytes) -> Order:
    """What a pacs.008 asks this bank to pay."""
    document = credit_transfer.checked(reading.opened(xml))
    transfer = document.fito_ficstmr_cdt_trf.cdt_trf_tx_inf[0]
    amount = transfer.intr_bk_sttlm_amt
    return Order(
        reference=transfer.pmt_id.end_to_end_id,
        money=Money.parse(amount.value, amount.ccy),
        creditor_name=transfer.cdtr.nm,
        creditor_account=transfer.cdtr_acct.id.othr.id,
        creditor_bic=transfer.cdtr_agt.fin_instn_id.bicfi,
    )


@asynccontextmanager
async def banks_at_work(
    clients: Iterable[SignedClient], *, database: Path | None = None
) -> AsyncIterator[dict[str, SandboxBank]]:
    """Every bank of the sandbox at work on one book; they stop at the end."""
    book = Book(database)
    banks = {client.bic: SandboxBank(client, book) for client in clients}
    tasks = []
    try:
        for bank in banks.values():
            await bank.open()
            tasks.append(asyncio.create_task(bank.work(), name=f"bank {bank.bic}"))
        yield banks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await book.close()
