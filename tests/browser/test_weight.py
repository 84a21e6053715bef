"""What a phone has to fetch over a market hall's network."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import CDPSession, Page

from tests.browser.market import Market

pytestmark = pytest.mark.xdist_group("market")

FIRST_MOST: Final = 60 * 1024
AFTER_MOST: Final = 15 * 1024


class Scale:
    """Weighs what comes over the wire, headers and packing included."""

    def __init__(self, session: CDPSession) -> None:
        self.weight = 0
        session.on("Network.loadingFinished", self._loaded)

    def _loaded(self, told: dict[str, float]) -> None:
        self.weight += int(told["encodedDataLength"])

    def read(self) -> int:
        """What was weighed since the last reading."""
        weight, self.weight = self.weight, 0
        return weight


async def test_a_residents_home_weighs_little_at_first_and_less_after(
    the_market: Market, phone: Page
) -> None:
    resident = the_market.person("resident", can="confirm_share")
    session = await phone.context.new_cdp_session(phone)
    await session.send("Network.enable")
    scale = Scale(session)
    await the_market.signed_in(phone, resident)
    # As on a phone that was never here; the page of sample people is no part of a real sign-in.
    await session.send("Network.clearBrowserCache")
    scale.read()
    await phone.goto(the_market.at("/portal/"))
    await phone.wait_for_load_state("load")
    first = scale.read()
    assert 4 * 1024 < first <= FIRST_MOST
    await phone.goto(the_market.at("/portal/"))
    await phone.wait_for_load_state("load")
    assert 1024 < scale.read() <= AFTER_MOST
