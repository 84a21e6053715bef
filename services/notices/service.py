"""The notices' manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from services.notices.channels import SECRETS, channels_of
from services.notices.domain.model import ChannelName
from services.platform.house import House, common
from services.platform.manifest import Manifest, granted
from services.platform.settings import Settings

if TYPE_CHECKING:
    from services.notices.api import NoticesServices

READERS: Final = (
    *("resident", "clerk", "carrier", "bank", "bank_compliance", "enterprise"),
    "officer",
)
"""Who has a list, and chooses how he is told of what comes on it: who acts for a party of his own;
and customs at a port, of what lies on no desk of it."""
SETTINGS: Final = ("NOTICES_SMTP", "NOTICES_FROM", "NOTICES_SMS")


def _furnished(house: House, name: str) -> NoticesServices:
    from services.notices.api import NoticesServices

    channels = channels_of(house.settings)
    return NoticesServices(**vars(common(house, name)), channels=frozenset(channels))


async def _log_judged(house: House) -> None:
    """Judge what happens into notices; beside the HTTP interface."""
    from services.notices.worker import Judging

    await Judging(house.database("notices"), house.bell).run()


async def _messages_sent(house: House) -> None:
    """Send what waits to leave; beside the HTTP interface."""
    from services.notices.worker import Sending

    origin = house.settings.public_origin
    sending = Sending(
        house.database("notices"),
        house.bell,
        channels_of(house.settings),
        vault=house.vault,
        address=None if origin is None else f"{origin}/portal/notices",
    )
    await sending.run()


def _examined(settings: Settings) -> Sequence[str]:
    opened = channels_of(settings)
    return [
        f"Notices leave by {name.value}."
        if name in opened
        else f"No notice leaves by {name.value}; they stand in people's lists."
        for name in ChannelName
    ]


MANIFEST: Final = Manifest(
    name="notices",
    title="Tradewindow: notices",
    description="What a person must know (通知): an own list, and what leaves by e-mail and SMS.",
    summary="What people must know: their lists, and what leaves by e-mail and SMS.",
    keys=("field_key", "hash_key", "receipt_key"),
    given=SECRETS,
    told=SETTINGS,
    scopes=(
        granted("notices:choice:read", *READERS),
        granted("notices:choice:write", *READERS),
        granted("notices:notice:mark", *READERS),
        granted("notices:notice:read", *READERS),
    ),
    furnish=_furnished,
    beside={"notices_judged": _log_judged, "notices_sent": _messages_sent},
    examined=_examined,
    reaches_out=True,
    mails=True,
)
