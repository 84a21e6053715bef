"""Nobody's name and quota is taken hostage: shares are refused or lapse, names are frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.sandbox.parties import Party
from services.declaration.domain.rules.share_time import share_answered_in_time
from tests.support.harbour import Harbour, open_port
from tests.support.window import Group, codes, decree, lot_body

LOTS = "/declaration/v1/lots"
FULL = {"values": ["8000.00"]}


async def unasked(harbour: Harbour, members: int = 1, **changes: Any) -> tuple[Group, str]:
    """A lot in the names of members who gave no mandate: the whole day's quota of the first."""
    group = await harbour.group(members, mandated=False)
    values = ["8000.00", *["10.00"] * (members - 1)]
    return group, await harbour.accepted(group, residents=group.residents, values=values, **changes)


async def frozen(harbour: Harbour, number: str, *, frozen: bool = True) -> Party:
    phone = await harbour.window.phone(number)
    path = f"/declaration/v1/residents/{await harbour.window.resident_id(number)}/name-freezes"
    answer = await phone.post(path, {"frozen": frozen})
    assert answer["frozen"] is frozen
    return phone


async def test_a_member_refuses_the_own_share_and_everybodys_quota_is_free_at_once(
    harbour: Harbour,
) -> None:
    manifest = await harbour.manifest("210")
    group, lot_id = await unasked(harbour, 2, manifest_no=manifest)
    victim = await harbour.window.phone(group.residents[0])
    assert (await harbour.quota(group.residents[0]))["left"] == "0.00"

    answer = await victim.post(f"{LOTS}/{lot_id}/refusals")

    assert answer["state"] == "CANCELLED"
    assert [(await harbour.quota(n))["left"] for n in group.residents] == ["8000.00"] * 2
    assert await harbour.weight_left(manifest) == "210.000"
    tickets = (await group.clerk.get(f"{LOTS}/{lot_id}/tickets"))["items"]
    assert [t["refused_at"] is not None for t in tickets] == [True, False]
    # The goods are declared anew, without the one who did not want it.
    await harbour.accepted(group, residents=group.residents[1:], **FULL, manifest_no=manifest)
    assert await harbour.events(lot_id) == ["LotSubmitted", "ShareRefused"]


async def test_a_confirmed_share_is_taken_back_while_others_are_waited_for(
    harbour: Harbour,
) -> None:
    group, lot_id = await unasked(harbour, 2)
    phone = await harbour.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/confirmations", {})
    assert (await phone.post(f"{LOTS}/{lot_id}/refusals"))["state"] == "CANCELLED"


async def test_a_share_is_refused_by_its_bearer_alone_and_before_all_have_confirmed(
    harbour: Harbour,
) -> None:
    group, lot_id = await unasked(harbour, 2)
    path = f"{LOTS}/{lot_id}/refusals"
    stranger = await harbour.window.phone((await harbour.group(1)).residents[0])
    assert (await stranger.try_post(path)).status_code == 404
    assert (await group.clerk.try_post(path)).status_code == 403
    phones = [await harbour.window.phone(number) for number in group.residents]
    for phone in phones:
        await phone.post(f"{LOTS}/{lot_id}/confirmations", {})
    assert codes(await phones[0].try_post(path)) == ["STATE_CONFLICT"]


async def test_an_unanswered_share_lapses_and_holds_no_quota_any_longer(harbour: Harbour) -> None:
    hasty = Harbour(harbour.window, await open_port(harbour.window))
    await decree(harbour.window, "hushi.share_answer_min", hasty.port, "0")
    group, lot_id = await unasked(hasty)
    lot = await hasty.until(group.clerk, lot_id, "CANCELLED")
    assert lot["shares_due_at"] == lot["submitted_at"]
    assert (await hasty.quota(group.residents[0]))["left"] == "8000.00"
    assert await hasty.events(lot_id) == ["LotSubmitted", "SharesLapsed"]


async def test_what_has_lapsed_is_confirmed_by_nobody(harbour: Harbour) -> None:
    group, lot_id = await unasked(harbour)
    await harbour.window.sql.execute(
        "UPDATE lots SET shares_due_at = now() WHERE reference = $1",
        (await harbour.lot(lot_id))["reference"],
    )
    phone = await harbour.window.phone(group.residents[0])
    late = await phone.try_post(f"{LOTS}/{lot_id}/confirmations", {})
    # Whether or not its case has looked already.
    assert codes(late)[0] in ("SHARES_LAPSED", "STATE_CONFLICT")


@pytest.mark.parametrize(("seconds", "lapsed"), [(-1, False), (0, True), (1, True)])
def test_the_last_moment_is_too_late(seconds: int, lapsed: bool) -> None:
    due = datetime(2026, 11, 18, 5, tzinfo=UTC)
    refused = share_answered_in_time(due, now=due + timedelta(seconds=seconds))
    assert (refused is not None) is lapsed
    assert share_answered_in_time(None, now=due) is None


async def test_nobody_declares_in_a_frozen_name_until_its_bearer_lifts_it(
    harbour: Harbour,
) -> None:
    group = await harbour.group(2)
    await frozen(harbour, group.residents[1])
    body = {"residents": group.residents, "values": ["10.00", "10.00"], "port": harbour.port}
    refused = await harbour.window.lot(group, **body)
    errors = refused.json()["errors"]
    assert [(e["code"], e["pointer"]) for e in errors] == [
        ("NAME_FROZEN", "/tickets/1/resident_no")
    ]
    assert "take another member" in errors[0]["detail"]
    bearer = await harbour.window.phone(group.residents[1])
    own = lot_body(group, residents=group.residents[1:], values=["10.00"], port=harbour.port)
    alone = await bearer.try_post(LOTS, {**own, "group_code": None})
    assert codes(alone) == ["NAME_FROZEN"]
    assert alone.json()["errors"][0]["detail"].startswith("Your name is frozen")
    phone = await frozen(harbour, group.residents[1], frozen=False)
    await harbour.accepted(group, residents=group.residents, values=["10.00", "10.00"])
    resident = await harbour.window.resident_id(group.residents[1])
    path = f"/declaration/v1/residents/{resident}/name-freezes"
    assert codes(await phone.try_post(path, {"frozen": False})) == ["STATE_CONFLICT"]


async def test_a_mandate_confirms_nothing_in_a_name_that_was_frozen_since(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    await frozen(harbour, group.residents[0])
    path = f"{LOTS}/{lot_id}/confirmations"
    answer = await group.clerk.try_post(path, {"by_mandate": True})
    assert codes(answer) == ["NOTHING_TO_CONFIRM"]


async def test_a_name_is_frozen_by_its_bearer_only_and_strangers_do_not_learn_of_it(
    harbour: Harbour,
) -> None:
    group, other = await harbour.group(1), await harbour.group(1)
    resident = await harbour.window.resident_id(group.residents[0])
    path = f"/declaration/v1/residents/{resident}/name-freezes"
    neighbour = await harbour.window.phone(other.residents[0])
    assert (await neighbour.try_post(path, {})).status_code == 404
    await frozen(harbour, group.residents[0])
    assert (await group.clerk.get(path))["frozen"] is True
    refused = await harbour.window.lot(
        other, residents=group.residents, values=["10.00"], port=harbour.port
    )
    assert codes(refused) == ["NOT_A_MEMBER"]
