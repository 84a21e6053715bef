"""A load that is lost between gate and factory is written off, with an officer's consent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import IntegrityConstraintViolationError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.platform import words
from services.platform.language import LANGUAGES
from tests.services.documents.test_paper_as_set import plain, text_of
from tests.services.documents.test_papers import fetched, issued
from tests.services.processing.conftest import Factories, Factory, M, P, released
from tests.services.processing.test_book_alerts import officer
from tests.services.processing.test_corrections import asked
from tests.services.processing.test_periods import corrected
from tests.services.window.test_work import waiting
from tests.support.by_hand import by_hand
from tests.support.one_day import today
from tests.support.tampering import found
from tests.support.window import Group, Window, codes

__all__ = ["by_hand"]

GROUNDS = "the truck burnt out at kilometre 12; report 771 of the traffic police"


async def on_its_way(
    window: Window, group: Group, factory: Factories
) -> tuple[Factory, str, str, str]:
    """A factory, its open book, and a purchase that left the gate under seal, with its lot."""
    plant = await factory(capacity="100")
    book_id, lot_id = await plant.open_book(), await released(window, group)
    purchase_id = await plant.buy(lot_id, await plant.order(wanted_kg="100"))
    await plant.dispatch(purchase_id)
    return plant, book_id, purchase_id, lot_id


async def lost(plant: Factory, book_id: str, purchase_id: str) -> Any:
    return await asked(plant, book_id, kind="LOSS", purchase_id=purchase_id, grounds=GROUNDS)


async def consented(window: Window, plant: Factory, book_id: str, purchase_id: str) -> Any:
    what = {"kind": "LOSS", "purchase_id": purchase_id, "grounds": GROUNDS}
    return await corrected(window, plant, book_id, **what)


async def test_what_burnt_on_its_way_is_written_off_and_stands_in_the_book_as_lost(
    window: Window, group: Group, factory: Factories, by_hand: AsyncConnection
) -> None:
    plant, book_id, purchase_id, lot_id = await on_its_way(window, group, factory)
    reported = (await lost(plant, book_id, purchase_id)).json()
    assert (reported["state"], reported["purchase_id"]) == ("ASKED", purchase_id)
    assert reported["former"] == {"in_transit_kg": "100.000"}
    book = await plant.party.get(f"{P}/books/{book_id}")
    assert [one["purchase_id"] for one in book["in_transit"]] == [purchase_id], "nobody consented"
    assert book["lost"] == []

    signing, _ = await officer(window)
    path = f"{P}/corrections/{reported['correction_id']}"
    assert (await signing.get(path))["grounds"] == GROUNDS
    word = {"decision": "CONSENT", "reason": "the police's report is seen"}
    assert (await signing.try_post(f"{path}/decision", word)).json()["decision"] == "CONSENTED"
    book = await plant.party.get(f"{P}/books/{book_id}")
    (written_off,) = book["lost"]
    assert (written_off["purchase_id"], written_off["lost_kg"]) == (purchase_id, "100.000")
    assert (book["in_transit"], book["materials"]) == ([], [])
    shown = await plant.party.get(f"{M}/purchases/{purchase_id}")
    assert (shown["state"], shown["lost_at"]) == ("LOST", written_off["lost_at"])
    assert await waiting(signing, lot_id, whose="port") == []
    case = await plant.party.get(f"/window/v1/cases/{lot_id}")
    assert case["purchase"]["holder"] == "nobody"
    said = await window.sql.fetch(
        "SELECT type FROM events WHERE case_id = $1 AND type LIKE 'Goods%' ORDER BY seq",
        UUID(hex=lot_id[4:]),
    )
    assert [event["type"] for event in said] == ["GoodsDispatched", "GoodsLost"]
    assert await found(by_hand, book_id) == []
    assert [what for what in await found(by_hand, lot_id) if "movements" in what] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_statement_of_a_closed_period_lists_what_was_lost(
    window: Window, group: Group, factory: Factories, language: str
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).is_success
    await plant.carried(book_id, "08013100")
    assert (await plant.declare(book_id)).is_success
    assert (await plant.produce(book_id, "100")).is_success
    closed = await plant.close(book_id, "600")
    assert closed.json()["state"] == "CLOSED", closed.text
    text = text_of(await fetched(plant.party, await issued(plant.party, "STATEMENT", book_id)))
    assert "080131001,000kg0kg400kg60kg0kg600kg0kg" in text
    said = text_of(
        await fetched(plant.party, await issued(plant.party, "STATEMENT", book_id, language))
    )
    title = plain(words.word("lost", "paper_text", language))
    assert f"{purchase_id[-8:]}08013100" in said.partition(title)[2]
    assert "100" in said.partition(title)[2]


async def test_what_is_lost_still_counts_for_its_order_and_for_the_year(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    order_id = (await plant.party.get(f"{M}/purchases/{purchase_id}"))["order_id"]
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    assert (await plant.party.get(f"{M}/orders/{order_id}"))["filled"]
    another = await released(window, group, residents=group.residents[1:2])
    again = await plant.try_buy(await plant.order(), another)
    assert codes(again) == ["CAPACITY_EXCEEDED"]


async def test_what_is_written_off_is_not_received_and_not_written_off_again(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    came = await plant.receive(purchase_id, book_id, "100")
    assert (came.status_code, codes(came)) == (409, ["GOODS_LOST"])
    again = await lost(plant, book_id, purchase_id)
    assert (again.status_code, codes(again)) == (409, ["GOODS_LOST"])
    assert "FOUND" in came.json()["errors"][0]["detail"], "what to do when it has turned up"


async def test_only_what_is_on_its_way_and_ones_own_is_lost(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    rival = await factory()
    theirs = await lost(rival, await rival.open_book(), purchase_id)
    assert (theirs.status_code, codes(theirs)) == (404, ["NOT_FOUND"])
    assert codes(await asked(plant, book_id, kind="LOSS")) == ["REQUEST_INVALID"]
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    assert codes(await lost(plant, book_id, purchase_id)) == ["ALREADY_RECEIVED"]
    another = await released(window, group, residents=group.residents[1:2])
    at_the_gate = await rival.buy(another)
    book = (await rival.party.get(f"{P}/books"))["items"][0]["book_id"]
    assert codes(await lost(rival, book, at_the_gate)) == ["NOT_DISPATCHED"]


async def test_what_comes_after_all_before_an_officer_has_spoken_is_received(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    correction_id = (await lost(plant, book_id, purchase_id)).json()["correction_id"]
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    signing, _ = await officer(window)
    path = f"{P}/corrections/{correction_id}/decision"
    late = await signing.try_post(path, {"decision": "CONSENT", "reason": "not seen since"})
    assert codes(late) == ["ALREADY_RECEIVED"]
    refused = await signing.try_post(path, {"decision": "REFUSE", "reason": "it has come"})
    assert refused.json()["decision"] == "REFUSED"
    assert (await plant.party.get(f"{M}/purchases/{purchase_id}"))["state"] == "RECEIVED"


async def test_a_refused_loss_is_still_waited_for_and_may_be_reported_again(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    signing, _ = await officer(window)
    for decision, state in (("REFUSE", "DISPATCHED"), ("CONSENT", "LOST")):
        correction_id = (await lost(plant, book_id, purchase_id)).json()["correction_id"]
        word = {"decision": decision, "reason": "as the papers say"}
        await signing.post(f"{P}/corrections/{correction_id}/decision", word)
        assert (await plant.party.get(f"{M}/purchases/{purchase_id}"))["state"] == state


async def test_a_count_stands_beside_a_loss_and_the_book_closes_with_the_officers_word(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    await plant.carried(book_id, "08013100", kg=50)
    correction_id = (await lost(plant, book_id, purchase_id)).json()["correction_id"]
    assert (await plant.close(book_id, "50")).json()["state"] == "ALERTED", "a loss waits"
    signing, _ = await officer(window)
    word = {"decision": "CONSENT", "reason": "the police's report is seen"}
    made = await signing.post(f"{P}/corrections/{correction_id}/decision", word)
    assert made["state"] == "CLOSED"
    book = await plant.party.get(f"{P}/books/{book_id}")
    assert [one["purchase_id"] for one in book["lost"]] == [purchase_id], "it stays in that book"
    assert book["materials"][0]["closing_kg"] == "50.000"


async def test_what_is_lost_is_overdue_no_more(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    await window.sql.execute(
        "UPDATE purchases SET due_on = CAST($2 AS date) - 1 WHERE purchase_id = $1",
        UUID(hex=purchase_id[4:]),
        today(),
    )
    assert len((await plant.party.get(f"{M}/purchases", overdue=True))["items"]) == 1
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    assert (await plant.party.get(f"{M}/purchases", overdue=True))["items"] == []
    assert (await plant.party.get(f"{M}/purchases/{purchase_id}"))["overdue_days"] == 0


async def written(sql: asyncpg.Pool, statement: str, purchase_id: str) -> None:
    with pytest.raises(IntegrityConstraintViolationError):
        await sql.execute(statement, UUID(hex=purchase_id[4:]))


async def test_the_database_itself_keeps_what_is_lost_and_what_is_not(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, purchase_id, _ = await on_its_way(window, group, factory)
    lose = "UPDATE movements SET lost_at = now() WHERE purchase_id = $1"
    await written(window.sql, lose, purchase_id)
    assert (await consented(window, plant, book_id, purchase_id)).status_code == 200
    await plant.carried(book_id, "08013100")
    receive = (
        "INSERT INTO receipts (receipt_id, purchase_id, book_id, material_hs, bought_kg,"
        " received_kg, seal_intact, received_at) SELECT gen_random_uuid(), $1, book_id,"
        " '08013100', 100, 100, true, now() FROM corrections WHERE purchase_id = $1"
    )
    found_again = "UPDATE movements SET lost_at = NULL WHERE purchase_id = $1"
    another = "UPDATE corrections SET purchase_id = NULL WHERE purchase_id = $1"
    for statement in (lose, receive, found_again, another):
        await written(window.sql, statement, purchase_id)
