"""Ports by name, on pages that anybody reads and by which anybody chooses."""

from __future__ import annotations

from typing import Final

from services.platform.language import CHINESE
from services.portal.shared import Shared, Told

_NAMES: Final = "/registry/v1/port-names"


async def ports_named(shared: Shared, language: str) -> dict[str, str]:
    """The name of each port in the reader's language, by its code; none while they are not to be
    had, and then the code is shown."""
    return _names(await shared.get(_NAMES), language)


def port_name(shared: Shared, language: str, code: str | None) -> str:
    """The name of a port as it was last told, its code where it is not known, a dash for none."""
    return "–" if not code else _names(shared.last(_NAMES), language).get(code, code)


def _names(told: Told | None, language: str) -> dict[str, str]:
    name = "name_zh" if language == CHINESE else "name_en"
    return {} if told is None else {one["port"]: one[name] for one in told.body["items"]}
