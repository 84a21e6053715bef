"""A lot says which acts are open to whoever reads it, and what it does not say is refused."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.parties import Party
from tests.services.declaration.test_amendments import mistyped
from tests.support.harbour import RED_GOODS, Harbour, open_port
from tests.support.window import codes

D = "/declaration/v1/lots"


@pytest.fixture(scope="module")
async def live(harbour: Harbour) -> Harbour:
    """A port that plays no past day: what is declared there may be amended."""
    window = harbour.window
    return Harbour(window, await open_port(window, replays=False))


async def acts(who: Party, lot_id: str) -> list[str]:
    """Which acts on a lot its reader is told of."""
    lot: dict[str, Any] = await who.get(f"{D}/{lot_id}")
    return list(lot["acts"])


async def test_a_clerk_reads_what_can_be_done_until_a_member_has_confirmed(live: Harbour) -> None:
    group, lot_id = await mistyped(live)
    phone = await live.window.phone(group.residents[0])
    officer = live.officer(await live.hire())

    # Nobody has given a mandate: there is nothing that the clerk could confirm.
    assert await acts(group.clerk, lot_id) == ["amend", "remind", "cancel"]
    refused = await group.clerk.try_post(f"{D}/{lot_id}/confirmations", {"by_mandate": True})
    assert codes(refused) == ["NOTHING_TO_CONFIRM"]
    assert await acts(phone, lot_id) == ["confirm", "decline"]
    assert await acts(officer, lot_id) == ["call_in"]
    assert await acts(live.auditor, lot_id) == []
    await phone.post(f"{D}/{lot_id}/confirmations", {})
    assert await acts(phone, lot_id) == ["decline"], "a yes is taken back"
    assert await acts(group.clerk, lot_id) == ["remind", "cancel"]


async def test_a_clerk_with_mandates_may_confirm(harbour: Harbour) -> None:
    group = await harbour.group(2)
    lot_id = await harbour.accepted(group)
    assert await acts(group.clerk, lot_id) == ["confirm", "remind", "cancel"], "a day played again"


async def test_what_was_selected_is_not_withdrawn_and_what_has_ended_not_called_in(
    harbour: Harbour,
) -> None:
    group = await harbour.group()
    officer = harbour.officer(await harbour.hire())
    lot = await harbour.inspected(group, hs_code=RED_GOODS)
    assert await acts(group.clerk, lot["lot_id"]) == []
    refused = await group.clerk.try_post(f"{D}/{lot['lot_id']}/cancellation", {"reason": "back"})
    assert codes(refused) == ["SELECTED"]
    assert await acts(officer, lot["lot_id"]) == ["call_in"]
    group = await harbour.group()
    withdrawn = await harbour.accepted(group)
    await group.clerk.post(f"{D}/{withdrawn}/cancellation", {"reason": "the truck turned back"})
    assert [await acts(who, withdrawn) for who in (group.clerk, officer)] == [[], []]
