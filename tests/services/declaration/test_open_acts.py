"""A lot says which acts are open to whoever reads it, and what it does not say is refused."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.sandbox.parties import Party
from tests.services.declaration.test_amendments import mistyped
from tests.support.asleep import Asleep
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


async def test_members_who_were_reminded_lately_are_not_offered_to_be_reminded_again(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2, mandated=False)
    lot_id = await harbour.accepted(group, residents=group.residents, values=["10.00", "20.00"])
    assert await acts(group.clerk, lot_id) == ["remind", "cancel"]
    await group.clerk.post(f"{D}/{lot_id}/reminders")
    assert await acts(group.clerk, lot_id) == ["cancel"]
    assert codes(await group.clerk.try_post(f"{D}/{lot_id}/reminders")) == ["REMINDED_LATELY"]


async def test_who_calls_a_lot_in_reads_how_much_closer_it_may_be_inspected(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    group = await harbour.group(1)
    lot_id = await harbour.confirmed(group, values=["10.00"])
    await asleep.attended(lot_id)
    officer = harbour.officer(await harbour.hire())
    path, grounds = f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal is broken"}

    async def may() -> tuple[list[str], list[str] | None]:
        lot = await officer.get(f"{D}/{lot_id}")
        return lot["acts"], lot["call_in_lanes"]

    assert await may() == (["call_in"], ["YELLOW", "RED"])
    await officer.post(path, {**grounds, "lane": "YELLOW"})
    assert await may() == (["call_in"], ["RED"]), "its papers are to be seen already"
    twice = await officer.try_post(path, {**grounds, "lane": "YELLOW"})
    assert codes(twice) == ["STATE_CONFLICT"]
    await officer.post(path, {**grounds, "lane": "RED"})
    assert await may() == ([], None), "it is to be opened whole"
    for lane in ("YELLOW", "RED"):
        again = await officer.try_post(path, {**grounds, "lane": lane})
        assert codes(again) == ["STATE_CONFLICT"]
    lot = await group.clerk.get(f"{D}/{lot_id}")
    assert lot["call_in_lanes"] is None


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
