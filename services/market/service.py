"""The market's manifest."""

from __future__ import annotations

from typing import Final

from services.platform.bank_signatures import require_origin
from services.platform.house import House, common
from services.platform.manifest import Manifest, granted
from services.platform.services import Services


def _furnished(house: House, name: str) -> Services:
    require_origin(house.settings)
    return common(house, name)


async def _prices(house: House) -> None:
    from services.market.worker import prices_followed

    await prices_followed(house)


MANIFEST: Final = Manifest(
    name="market",
    title="Tradewindow: market",
    description="Prices of currencies at the border: what banks quote, the pooled price "
    "(抱团定价), the rota of banks (轮值).",
    summary="Bank quotes, pooled price and its moves, rota.",
    keys=("receipt_key",),
    scopes=(
        granted("market:price:read", "resident", "clerk", "bank", "enterprise", "auditor"),
        granted("market:quote:enter", "bank"),
        granted("market:quote:post", "bank"),
        granted("market:quote:read", "bank", "auditor"),
        granted("market:rota:absent", "bank"),
        granted("market:rota:enter", "bank"),
        granted("market:rota:read", "clerk", "bank", "enterprise", "auditor"),
    ),
    furnish=_furnished,
    beside={"prices": _prices},
)
