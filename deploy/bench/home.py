"""What a resident's phone fetches to open the first page, and what that asks of the services."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx2
from lxml import html

from deploy.bench.figures import Figures
from deploy.bench.ground import Ground, lot_body
from deploy.bench.visitors import Counted, Visitor, hall, must_be, taken

HOME: Final = "/portal/"
FIRST_MOST: Final = 60 * 1024
AFTER_MOST: Final = 15 * 1024
REQUESTS_MOST: Final = 3
_LOTS: Final = 12
"""More than the page shows of one's lots, all of which wait for a yes."""
_SHARES: Final = 27
_FETCHED: Final = "//link[@rel='stylesheet']/@href | //script/@src"
_LATER: Final = "//*[@data-unread]/@data-unread"


@dataclass(frozen=True)
class Visited:
    """A visit: octets over the wire, what the page asked of the services, and what its bell did."""

    weight: int
    asked: int
    by_the_bell: int


def residents_home(ground: Ground, figures: Figures, rounds: int) -> None:
    """A resident's first page over the wire, first visit and next one, and its requests.

    Raises LocalError where the page is not the one that is to be measured.
    """
    asyncio.run(_residents_home(ground, figures, rounds))


async def _residents_home(ground: Ground, figures: Figures, rounds: int) -> None:
    members = ground.members()
    resident = members[0]
    async with hall(ground) as here:
        clerk = here.visitor("clerk", f"group:{resident.group}")
        for _ in range(_LOTS):
            await clerk.posts("/declaration/v1/lots", lot_body(members[:_SHARES], by_phone=False))
        phone = here.visitor("resident", f"resident:res_{resident.resident_id.hex}")
        # Names that all pages share are read once for all who come.
        await visited(phone, here.counted, set())
        for _ in range(rounds):
            kept: set[str] = set()
            first = await visited(phone, here.counted, kept)
            after = await visited(phone, here.counted, kept)
            figures.ratio("home_first_vs_60_kb", first.weight / FIRST_MOST)
            figures.ratio("home_after_vs_15_kb", after.weight / AFTER_MOST)
            figures.ratio("home_requests_vs_3", first.asked / REQUESTS_MOST)
            figures.absolute("home_first_octets", first.weight)
            figures.absolute("home_after_octets", after.weight)
            figures.absolute("home_requests", first.asked)
            figures.absolute("home_bell_requests", first.by_the_bell)


async def visited(phone: Visitor, counted: Counted, kept: set[str]) -> Visited:
    """Open the page as a phone does that has ``kept`` so much from before, and keep what may be.

    Raises LocalError where it is not a resident's first page.
    """
    counted.asked.clear()
    page = await _fetched(phone, HOME)
    asked = len(counted.asked)
    tree = html.fromstring(page.text)
    must_be(bool(tree.xpath("//p[@class='thumb']/a[@href='/portal/declare']")))
    weight = _weight(page)
    for address in tree.xpath(_FETCHED):
        if address not in kept:
            part = await _fetched(phone, address)
            weight += _weight(part)
            if "immutable" in part.headers["cache-control"]:
                kept.add(address)
    counted.asked.clear()
    for address in tree.xpath(_LATER):
        weight += _weight(await _fetched(phone, address))
    return Visited(weight, asked, len(counted.asked))


async def _fetched(phone: Visitor, address: str) -> httpx2.Response:
    headers = {"Cookie": phone.session, "Accept-Encoding": "gzip, deflate, br"}
    return taken(await phone.http.get(address, headers=headers))


def _weight(answer: httpx2.Response) -> int:
    """Octets over the wire: what was packed, and the head as HTTP/1.1 writes it."""
    head = sum(len(name) + len(value) + len(b": \r\n") for name, value in answer.headers.raw)
    return answer.num_bytes_downloaded + head + len(b"HTTP/1.1 200 OK\r\n\r\n")
