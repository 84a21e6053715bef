"""The risk service's manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.platform.draws.days import draw_days_opened
from services.platform.draws.seeds import SeedKeeper
from services.platform.house import House
from services.platform.manifest import Manifest, granted
from workflows.ports.risk import LotScreening

if TYPE_CHECKING:
    from services.risk.activities import ScreeningActivities


def _screening(house: House) -> ScreeningActivities:
    from services.risk.activities import ScreeningActivities

    return ScreeningActivities(house.database("risk"), vault=house.vault)


async def _draw_days(house: House) -> None:
    await draw_days_opened(house.database("risk"), SeedKeeper(house.vault))


MANIFEST: Final = Manifest(
    name="risk",
    title="Tradewindow: risk",
    description="Risk rules, controls (布控), screening of lots, verifiable draws.",
    summary="Risk rules, controls, screening; commits to draw seeds and publishes them.",
    keys=("field_key", "receipt_key"),
    scopes=(
        granted("risk:draw:read", "officer", "risk_officer", "auditor"),
        granted("risk:draw:reveal", "risk_officer", signs=True),
        granted("risk:lot:call_in", "officer", "risk_officer", signs=True),
        granted("risk:pool:read", "risk_officer", "auditor"),
        granted("risk:rule:approve", "risk_officer", signs=True),
        granted("risk:rule:propose", "risk_officer", signs=True),
        granted("risk:rule:read", "officer", "risk_officer", "auditor"),
    ),
    beside={"draw_days": _draw_days},
    # Its one step is one of the lot's own case, in the lot's worker: it has no queue.
    offers={LotScreening: _screening},
    draws=True,
    reveals=True,
)
