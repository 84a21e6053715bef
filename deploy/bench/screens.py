"""What a screen costs beside the interface that it reads, over many open cases, in one process."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from io import StringIO
from itertools import cycle, islice
from statistics import median
from typing import Any, Final

import httpx2
from lxml import html

from deploy.bench.figures import Figures
from deploy.bench.ground import PORT, Ground, Resident, lot_body
from deploy.bench.visitors import Visitor, hall, must_be, open_orders
from services.kernel.identifiers import new_id

CASES: Final = 100_000
_READS: Final = 40
_LOTS: Final = 20
_SHARES: Final = 27
_PLATE: Final = "桂S77777"
_OF_THE_LOT: Final = (
    *("reference", "port", "customs_office", "vehicle_plate", "foreign_plate", "entered_at"),
    *("origin", "shipped_from", "seller", "seller_bank_bic", "hs_code", "goods_name"),
    *("net_kg", "gross_kg", "pieces", "value"),
)
_HEADS: Final = {"net_kg": "lot_net_kg", "value": "lot_value"}
"""What the file calls the lot's own weight and value, beside those of its shares."""


def screens_vs_api(ground: Ground, figures: Figures, rounds: int) -> None:
    """An officer's inbox, the gate's page and lots from a file, beside the same by the interface.

    Raises LocalError where a page is not the one that is to be measured.
    """
    asyncio.run(_screens_vs_api(ground, figures, rounds))


async def _screens_vs_api(ground: Ground, figures: Figures, rounds: int) -> None:
    officer, another = new_id("ofc"), new_id("ofc")
    await open_orders(ground, CASES, (officer, another))
    async with hall(ground) as of:
        inbox = of.visitor("officer", f"officer:{officer}", port=PORT)
        gate = of.visitor("gate", "gate:G1", port=PORT)
        people = cycle(ground.members())
        clerk = of.visitor("clerk", f"group:{ground.members()[0].group}")
        # What is read once (words, templates) is read before anything is measured.
        await _file(clerk, Figures(), people)
        for _ in range(rounds):
            await _inbox(inbox, figures)
            await _gate(gate, figures)
            await _file(clerk, figures, people)


async def _inbox(officer: Visitor, figures: Figures) -> None:
    async def read() -> None:
        asked = {"open": True, "mine": True, "limit": 100}
        found = (await officer.asks("/inspection/v1/orders", **asked)).json()
        must_be(len(found["items"]) == asked["limit"])

    async def page() -> None:
        must_be("S00100" in (await officer.opens("/portal/?list=mine")).text)

    by_api, by_screen = await _medians_s(read, page)
    figures.ratio("inbox_vs_api", by_screen / by_api)
    figures.absolute("inbox_of_100k_by_api_ms", by_api * 1000)
    figures.absolute("inbox_of_100k_ms", by_screen * 1000)


async def _gate(gate: Visitor, figures: Figures) -> None:
    async def read() -> None:
        found = (await gate.asks("/gate/v1/lots", plate=_PLATE, limit=100)).json()
        must_be(len(found["items"]) == 1)

    async def page() -> None:
        must_be("S77777" in (await gate.opens(f"/portal/?q={_PLATE}")).text)

    by_api, by_screen = await _medians_s(read, page)
    figures.ratio("gate_vs_api", by_screen / by_api)
    figures.absolute("gate_page_ms", by_screen * 1000)


async def _medians_s(*measured: Callable[[], Awaitable[None]]) -> list[float]:
    """What each takes, one after the other in turns, so that a busy machine is as busy for each."""
    took: list[list[float]] = [[] for _ in measured]
    for _ in range(_READS):
        for one, so_far in zip(measured, took, strict=True):
            began = time.perf_counter()
            await one()
            so_far.append(time.perf_counter() - began)
    return [median(one) for one in took]


async def _file(clerk: Visitor, figures: Figures, people: Iterator[Resident]) -> None:
    """Lots by one file, looked through and declared, ÷ as many by POST, in lots a second."""
    began = time.perf_counter()
    for lot in _lots(people):
        await clerk.posts("/declaration/v1/lots", lot)
    by_post = time.perf_counter() - began
    table = _table(_lots(people))
    began = time.perf_counter()
    file = {"file": ("lots.csv", table, "text/csv")}
    checked = await clerk.sends("/portal/lots/file", files=file)
    form = html.fromstring(checked.text).xpath("//form[@action='/portal/lots/file/declaration']")
    must_be(len(form) == 1)
    fields: dict[str, Any] = {}
    for field in form[0].xpath(".//input[@name]"):
        fields.setdefault(field.get("name"), []).append(field.get("value"))
    must_be(len(fields["lot"]) == _LOTS)
    done = await clerk.sends("/portal/lots/file/declaration", data=fields)
    must_be(done.status_code == httpx2.codes.SEE_OTHER)
    by_file = time.perf_counter() - began
    figures.ratio("lots_by_file_vs_post", by_post / by_file)
    figures.absolute("lots_by_file_per_s", _LOTS / by_file)


def _lots(people: Iterator[Resident]) -> list[dict[str, Any]]:
    return [
        lot_body(list(islice(people, _SHARES)), by_phone=False) | {"purpose": "RESALE"}
        for _ in range(_LOTS)
    ]


def _table(lots: Sequence[dict[str, Any]]) -> str:
    written = StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(
        [*(_HEADS.get(name, name) for name in _OF_THE_LOT), "resident_no", "net_kg", "value"]
    )
    for lot in lots:
        own = [lot[name] for name in _OF_THE_LOT]
        for share in lot["tickets"]:
            rows.writerow([*own, share["resident_no"], share["net_kg"], share["value"]])
    return written.getvalue()
