"""The banks and the buyers' side of payment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey

from deploy.demo.lots import LotRun
from deploy.sandbox.bank import SandboxBank, SignedClient
from deploy.sandbox.parties import Parties, Unexpected

#: CNY/VND mids and volumes in million yuan (W25).
QUOTES: Final = (("3560", 40), ("3572", 30), ("3565", 20), ("3550", 10))

_TRIES: Final = 60


def signed_clients(parties: Parties, keys: Mapping[str, OKPKey]) -> list[SignedClient]:
    """Each bank's own way into the window: its token and its signature."""
    return [
        SignedClient(parties.http, bic, parties.act_as("bank", f"bank:{bic}").bearer, key)
        for bic, key in keys.items()
    ]


async def post_quotes(banks: Mapping[str, SandboxBank]) -> None:
    """Every bank posts its quote of the day; the pooled price follows."""
    for bank, (mid, millions) in zip(banks.values(), QUOTES, strict=True):
        await _quote(bank, mid, f"{millions}000000.00")


async def _quote(bank: SandboxBank, mid: str, volume: str) -> None:
    """A quote is good for a while only, so an unreachable window is simply told a newer one."""
    for _ in range(_TRIES):
        try:
            await bank.quote("CNY/VND", mid, volume)
        except httpx2.HTTPError:
            await asyncio.sleep(1)
        else:
            return
    raise Unexpected("the window takes no quotes")


async def instruct(parties: Parties, run: LotRun) -> str:
    """The group's clerk locks a price and has the foreign seller paid; the instruction's id."""
    clerk = parties.act_as("clerk", f"group:{run.row['group_code']}")
    wish: dict[str, Any] = {"amount": run.row["value"], "currency": "CNY", "pay_currency": "VND"}
    quote = await clerk.post("/settlement/v1/firm-quotes", wish)
    quote_id = quote["quote_id"]
    for _ in range(5):
        order = {
            **wish,
            "client_reference": f"PAY-{run.row['lot_ref']}-{uuid4().hex[:6]}",
            "lot_id": run.lot_id,
            "purpose_code": "GOD",
            "firm_quote_id": quote_id,
        }
        answer = await clerk.try_post("/settlement/v1/instructions", order)
        body = answer.json()
        if answer.status_code == 201:
            return str(body["instruction_id"])
        if body["code"] != "QUOTE_EXPIRED":
            raise Unexpected(f"instruction refused: {answer.text[:500]}")
        quote_id = body["errors"][0]["facts"]["new_quote_id"]
    raise Unexpected("five firm quotes in a row expired before they were confirmed")
