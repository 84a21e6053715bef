"""A load that was written off as lost and turns up: waited for again, with an officer's consent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.services.processing.conftest import Factories, Factory, M, P
from tests.services.processing.test_book_alerts import officer
from tests.services.processing.test_corrections import asked
from tests.services.processing.test_losses import consented, lost, on_its_way, written
from tests.services.processing.test_periods import corrected
from tests.services.window.test_work import waiting
from tests.support.by_hand import by_hand
from tests.support.one_day import today
from tests.support.tampering import found
from tests.support.window import Group, Window, codes

__all__ = ["by_hand"]

GROUNDS: Final = "the truck stands at the police's yard in Ningming, its seal whole"


async def turned_up(plant: Factory, book_id: str, purchase_id: str) -> Any:
    return await asked(plant, book_id, kind="FOUND", purchase_id=purchase_id, grounds=GROUNDS)


async def let_in(window: Window, plant: Factory, book_id: str, purchase_id: str) -> Any:
    what = {"kind": "FOUND", "purchase_id": purchase_id, "grounds": GROUNDS}
    return await corrected(window, plant, book_id, **what)


async def test_what_was_written_off_and_turns_up_is_received_and_the_loss_stays_to_be_read(
    window: Window, group: Group, factory: Factories, by_hand: AsyncConnection
) -> None:
    plant, book_id, purchase_id, lot_id = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    reported = (await turned_up(plant, book_id, purchase_id)).json()
    assert (reported["state"], reported["former"]) == ("ASKED", {"lost_kg": "100.000"})
    came = await plant.receive(purchase_id, book_id, "100")
    assert codes(came) == ["GOODS_LOST"], "nobody consented"

    signing, _ = await officer(window)
    word = {"decision": "CONSENT", "reason": "its seal was seen"}
    path = f"{P}/corrections/{reported['correction_id']}/decision"
    assert (await signing.try_post(path, word)).json()["decision"] == "CONSENTED"
    book = await plant.party.get(f"{P}/books/{book_id}")
    (written_off,) = book["lost"]
    assert (written_off["purchase_id"], written_off["lost_kg"]) == (purchase_id, "100.000")
    assert written_off["lost_at"] <= written_off["found_at"]
    assert [one["purchase_id"] for one in book["in_transit"]] == [purchase_id]
    shown = await plant.party.get(f"{M}/purchases/{purchase_id}")
    assert (shown["state"], shown["lost_at"]) == ("DISPATCHED", None)
    assert (lot_id, "RECEIPT") in await waiting(plant.party, lot_id)
    case = await plant.party.get(f"/window/v1/cases/{lot_id}")
    assert case["purchase"]["holder"] == "escort"
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    said = await window.sql.fetch(
        "SELECT type FROM events WHERE case_id = $1 AND type LIKE 'Goods%' ORDER BY seq",
        UUID(hex=lot_id[4:]),
    )
    told = ["GoodsDispatched", "GoodsLost", "GoodsFound", "GoodsReceived"]
    assert [event["type"] for event in said] == told
    assert await found(by_hand, book_id) == []
    assert [what for what in await found(by_hand, lot_id) if "movements" in what] == []


async def test_only_what_was_written_off_and_ones_own_is_found(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    early = await turned_up(plant, book_id, purchase_id)
    assert (early.status_code, codes(early)) == (409, ["NOT_LOST"])
    assert codes(await asked(plant, book_id, kind="FOUND")) == ["REQUEST_INVALID"]
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    rival = await factory()
    theirs = await turned_up(rival, await rival.open_book(), purchase_id)
    assert (theirs.status_code, codes(theirs)) == (404, ["NOT_FOUND"])
    assert (await let_in(window, plant, book_id, purchase_id)).status_code == 200
    again = await turned_up(plant, book_id, purchase_id)
    assert codes(again) == ["NOT_LOST"]
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    assert codes(await turned_up(plant, book_id, purchase_id)) == ["ALREADY_RECEIVED"]


async def test_what_an_officer_refuses_stays_lost(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    correction_id = (await turned_up(plant, book_id, purchase_id)).json()["correction_id"]
    signing, _ = await officer(window)
    word = {"decision": "REFUSE", "reason": "the seal is another one"}
    refused = await signing.try_post(f"{P}/corrections/{correction_id}/decision", word)
    assert refused.json()["decision"] == "REFUSED"
    assert (await plant.party.get(f"{M}/purchases/{purchase_id}"))["state"] == "LOST"
    assert codes(await plant.receive(purchase_id, book_id, "100")) == ["GOODS_LOST"]


async def test_a_load_lost_in_a_closed_book_is_found_in_the_next_one(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    await plant.party.post(f"{P}/books/{book_id}/closing", {"closing_kg": {}})
    assert codes(await turned_up(plant, book_id, purchase_id)) == ["STATE_CONFLICT"]
    tomorrow, later = (today() + timedelta(days=days) for days in (1, 40))
    next_one = await plant.open_book(period_from=tomorrow.isoformat(), period_to=later.isoformat())
    assert (await let_in(window, plant, next_one, purchase_id)).status_code == 200
    former, now = [await plant.party.get(f"{P}/books/{one}") for one in (book_id, next_one)]
    assert former["state"] == "CLOSED"
    assert former["lost"][0]["found_at"] is not None
    assert (now["lost"], len(now["in_transit"])) == ([], 1)


async def balance(plant: Factory, book_id: str, bought_kg: str) -> None:
    """Every kilogram bought is on its way, received, or lost."""
    book = await plant.party.get(f"{P}/books/{book_id}")
    coming = sum(Decimal(one["net_kg"]) for one in book["in_transit"])
    gone = sum(Decimal(one["lost_kg"]) for one in book["lost"] if one["found_at"] is None)
    came = sum(Decimal(one["received_kg"]) for one in book["materials"])
    assert coming + gone + came == Decimal(bought_kg), book


BECOMES: Final = {
    ("DISPATCHED", "LOSS"): "LOST",
    ("LOST", "FOUND"): "DISPATCHED",
    ("DISPATCHED", "RECEIVE"): "RECEIVED",
}
ORDERS: Final = list(product(("LOSS", "FOUND", "RECEIVE"), repeat=4))


@pytest.mark.proof(keep=10)
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_in_whatever_order_a_load_is_lost_found_and_received_the_book_adds_up(
    window: Window, group: Group, factory: Factories, order: tuple[str, ...]
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    stands = "DISPATCHED"
    for act in order:
        answer = await taken(window, plant, book_id, purchase_id, act)
        then = BECOMES.get((stands, act))
        assert answer.is_success == (then is not None), answer.text
        stands = then or stands
        assert (await plant.party.get(f"{M}/purchases/{purchase_id}"))["state"] == stands
        await balance(plant, book_id, "100")


async def taken(window: Window, plant: Factory, book_id: str, purchase_id: str, act: str) -> Any:
    """The answer to a receipt, or to the officer's consent; to the factory if it is refused."""
    if act == "RECEIVE":
        return await plant.receive(purchase_id, book_id, "100")
    answer = await asked(plant, book_id, kind=act, purchase_id=purchase_id)
    if not answer.is_success:
        return answer
    signing, _ = await officer(window)
    path = f"{P}/corrections/{answer.json()['correction_id']}/decision"
    return await signing.try_post(path, {"decision": "CONSENT", "reason": "as the papers say"})


async def test_the_database_itself_finds_nothing_that_no_officer_was_asked_about(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    find = "UPDATE movements SET lost_at = NULL WHERE purchase_id = $1"
    lose_again = "UPDATE movements SET lost_at = now() WHERE purchase_id = $1"
    for statement in (find, lose_again):
        await written(window.sql, statement, purchase_id)
    assert (await lost(plant, book_id, purchase_id)).status_code == 409
