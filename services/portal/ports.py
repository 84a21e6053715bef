"""Ports by name, on pages that anybody reads and by which anybody chooses."""

from __future__ import annotations

from typing import Final

from services.platform.language import CHINESE
from services.portal.visit import Visit

_NAMES: Final = "/registry/v1/port-names"


async def ports_named(visit: Visit) -> dict[str, str]:
    """The name of each port in the reader's language, by its code; none while they are not to be
    had, and then the code is shown."""
    told = await visit.portal.shared.get(_NAMES)
    name = "name_zh" if visit.language == CHINESE else "name_en"
    return {} if told is None else {one["port"]: one[name] for one in told.body["items"]}
