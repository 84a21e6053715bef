"""Acts on what somebody says was not he."""

from __future__ import annotations

from typing import Any, Final

from tests.acts.asked import Asked, Builder
from tests.acts.lots import LOTS, becomes
from tests.support.asleep import Asleep

REPORTS: Final = "/declaration/v1/name-reports"
FOUND: Final = {"found": "no consent on paper, and no phone is bound"}


async def said(asleep: Asleep) -> tuple[str, Asked]:
    """Of a released lot, by the one member whose share it is."""
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.confirmed(group, values=["10.00"])
    await asleep.attended(lot_id)
    resident = await asleep.harbour.window.resident_id(group.residents[0])
    happened = ("NameReported", "NameFrozen")
    path = f"{LOTS}/{lot_id}/name-reports"
    return lot_id, Asked("resident", f"resident:{resident}", path, {}, {}, happened)


async def name_reported(asleep: Asleep) -> Asked:
    _, asked = await said(asleep)
    return asked


async def _reported(asleep: Asleep) -> tuple[str, str]:
    lot_id, asked = await said(asleep)
    return lot_id, f"{REPORTS}/{(await asked.sent(asleep)).json()['report_id']}"


def _by(subject: str, path: str, *bodies: dict[str, Any], **more: Any) -> Asked:
    body, other = bodies
    return Asked("registrar", "platform:registrar", path, body, other, subject=subject, **more)


async def name_found(asleep: Asleep) -> Asked:
    _, report = await _reported(asleep)
    other = {"found": "the paper is there"}
    return _by("first", f"{report}/findings", FOUND, other, events=("NameReportFound",))


def name_decided(*events: str, uphold: bool) -> Builder:
    """By another registrar than the one who found."""

    async def decided(asleep: Asleep) -> Asked:
        lot_id, report = await _reported(asleep)
        first = asleep.harbour.window.parties.act_as(
            "registrar", "platform:registrar", subject="first"
        )
        await first.post(f"{report}/findings", FOUND)
        bodies = ({"uphold": uphold}, {"uphold": not uphold})
        follows = becomes(lot_id, "IN_INSPECTION") if uphold else None
        return _by("second", f"{report}/decision", *bodies, events=events, follows=follows)

    return decided


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {LOTS}/{{lot_id}}/name-reports": (name_reported,),
    f"POST {REPORTS}/{{report_id}}/findings": (name_found,),
    f"POST {REPORTS}/{{report_id}}/decision": (
        name_decided("LotCalledIn", "NameReportUpheld", "InspectionOrdered", uphold=True),
        name_decided("NameReportDismissed", uphold=False),
    ),
}
