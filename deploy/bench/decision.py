"""An officer's countersignature, beside the cheapest request that keeps anything."""

from __future__ import annotations

import asyncio
import json
import time
from statistics import median
from typing import Final
from uuid import uuid4

from deploy.bench.figures import Figures
from deploy.bench.flow import COUNTERSIGN, Inspected, Trade, order_at, trading
from deploy.bench.ground import Ground
from deploy.bench.load import Lines, prepared
from deploy.bench.processes import bench_window
from deploy.bench.trade import refused
from deploy.bench.transaction import PATH

_WARM_UP: Final = 5
_SIGNATURES: Final = 20
_QUIET_S: Final = 0.1


def decision_vs_transaction(ground: Ground, figures: Figures, rounds: int) -> None:
    """How long an officer waits for the answer to a countersignature ÷ to a bare transaction.

    One request at a time and nothing else at work: the lot is found on before, and the next request
    is sent when all that followed from the last one is done, so what follows in the engine counts
    only as far as the answer waits for it. The bare transaction is a POST of the same process that
    authenticates the same officer and inserts one durable row (deploy/bench/transaction.py). Both
    are told by the median of their latencies, and take turns.
    """
    with bench_window(ground.stack) as process:
        asyncio.run(_decisions(ground, figures, process.port, rounds))


async def _decisions(ground: Ground, figures: Figures, port: int, rounds: int) -> None:
    async with trading(ground, port) as trade, Lines.open(port, connections=1) as lines:
        await _signatures(trade, lines, _WARM_UP)
        for _ in range(rounds):
            signed, kept = await _signatures(trade, lines, _SIGNATURES)
            figures.ratio("decision_vs_transaction", signed / kept)
            figures.absolute("countersignature_ms", signed * 1000)
            figures.absolute("bare_transaction_ms", kept * 1000)


async def _signatures(trade: Trade, lines: Lines, number: int) -> tuple[float, float]:
    """Median seconds of a countersignature and of a bare transaction."""
    signed, kept = [], []
    for _ in range(number):
        inspected = await trade.staffed()
        await trade.find(inspected)
        await asyncio.sleep(_QUIET_S)
        read = await inspected.second.get(order_at(inspected.order_id))
        kept.append(await _answered_in(lines, _row(inspected)))
        signed.append(await _answered_in(lines, _signature(inspected, read["version"])))
        await trade.watch.happened(inspected.lot["lot_id"], "LotReleased")
        await asyncio.sleep(_QUIET_S)
    return median(signed), median(kept)


async def _answered_in(lines: Lines, request: bytes) -> float:
    started = time.perf_counter()
    status, body = await lines.exchange(request)
    seconds = time.perf_counter() - started
    if status not in (200, 201):
        raise refused(status, body)
    return seconds


def _signature(inspected: Inspected, read_version: int) -> bytes:
    path = f"{order_at(inspected.order_id)}/{COUNTERSIGN}"
    return _post(inspected, path, {"agree": True}, read_version)


def _row(inspected: Inspected) -> bytes:
    return _post(inspected, PATH, {"word": "agreed"})


def _post(
    inspected: Inspected, path: str, body: dict[str, object], read_version: int | None = None
) -> bytes:
    return prepared(
        path,
        bearer=inspected.second.bearer,
        key=uuid4().hex,
        body=json.dumps(body).encode(),
        read_version=read_version,
    )
