"""The window's manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.platform.house import House, common
from services.platform.manifest import Manifest, granted
from services.platform.roles import WITH_CASES
from services.window.schemas import StreamMessage

if TYPE_CHECKING:
    from services.window.api import WindowServices

WITH_PROGRAMS: Final = ("clerk", "carrier", "bank", "enterprise")
"""Parties whose cases stay theirs; who acts for a post reads streams instead."""


def event_told(message: StreamMessage) -> None:
    """What is posted to a webhook: one event of a case that its party may see.

    Signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature), in the
    order of the log, at least once. Answer 2xx within ten seconds; 410 ends the delivery.
    """


def _furnished(house: House, name: str) -> WindowServices:
    from services.window.api.services import OpenStreams, WindowServices

    streams = OpenStreams()
    house.before_stop(streams.close)
    return WindowServices(
        **vars(common(house, name)),
        tail=house.tail(name),
        sandbox=house.settings.sandbox,
        kinds=house.kinds,
        event_types=house.event_types,
        streams=streams,
    )


async def _webhooks_delivered(house: House) -> None:
    """Deliver events to webhooks; beside the window's HTTP interface."""
    from services.window.worker import Delivery

    delivery = Delivery(
        house.database("window"),
        house.tail("window"),
        house.bell,
        vault=house.vault,
        kinds=house.kinds,
        sandbox=house.settings.sandbox,
    )
    await delivery.run()


MANIFEST: Final = Manifest(
    name="window",
    title="Tradewindow: window",
    description="One view of a case from declaration to factory, its timeline and its stream.",
    summary="One case view from declaration to factory, timelines and status streams.",
    keys=("field_key", "receipt_key"),
    scopes=(
        granted("window:case:read", *WITH_CASES),
        granted("window:figures:read", "leader", "auditor"),
        granted("window:overdue:read", "officer", "auditor"),
        granted("window:stream:read", *WITH_CASES),
        granted("window:webhook:read", *WITH_PROGRAMS),
        granted("window:webhook:write", *WITH_PROGRAMS),
        granted(
            "window:work:read",
            "resident",
            "clerk",
            "gate",
            "officer",
            "risk_officer",
            "policy_officer",
            "registrar",
            "bank",
            "bank_compliance",
            "enterprise",
            "auditor",
        ),
    ),
    furnish=_furnished,
    webhooks=(event_told,),
    beside={"webhooks": _webhooks_delivered},
    reaches_out=True,
)
