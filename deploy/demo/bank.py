"""The banks and the buyers' side of payment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey

from deploy.demo.lots import LotRun
from deploy.sandbox.bank import SandboxBank, SignedClient
from deploy.sandbox.parties import Parties, Unexpected
from deploy.sandbox.payment import instructed

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
    if run.lot_id is None:
        raise Unexpected("nothing is paid for a lot that was refused")
    reference = f"PAY-{run.row['lot_ref']}-{uuid4().hex[:6]}"
    answer = await instructed(clerk, run.lot_id, run.row["value"], reference)
    return str(answer["instruction_id"])
