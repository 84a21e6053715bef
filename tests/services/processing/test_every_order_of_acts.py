"""In whatever order a factory acts on its books, they add up, and no load is lost from them.

Eight things that a factory and the officer of its port do, four of them one after the other on a
book that has stock, with two loads on their way: 4,096 plays, of which an ordinary run takes a
sample. After each act every book balances and holds no less than nothing, what is closed stays as
it was, and every load is on its way, in one book's stock, or written off in one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, product
from typing import Any, Final

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.processing.domain.states import BOOK, BookState
from tests.services.processing.conftest import Factories, Factory, M, P, released
from tests.services.processing.test_book_alerts import officer
from tests.support.one_day import today
from tests.support.window import Window

CASHEWS: Final = "08013100"
STOCK: Final = Decimal(100)
"""Of each load, in kilograms; as much lies in the first book when the play begins."""
B = BookState


@dataclass
class Play:
    """A factory, its books in the order of their opening, and its loads."""

    window: Window
    plant: Factory
    books: list[str]
    loads: list[str]
    receipts: list[tuple[str, str]]
    """Each with its book."""
    reported: list[str] = field(default_factory=list)
    """Loads that were reported lost."""
    stood: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The books as they were after the act before."""
    signing: Party | None = None

    async def officer(self) -> Party:
        if self.signing is None:
            self.signing, _ = await officer(self.window)
        return self.signing

    async def book(self, book_id: str) -> dict[str, Any]:
        return await self.plant.party.get(f"{P}/books/{book_id}")

    async def came(self, load: str, kg: str) -> httpx2.Response:
        answer: httpx2.Response = await self.plant.receive(load, self.books[-1], kg)
        if answer.status_code == 201:
            self.receipts.append((answer.json()["receipt_id"], self.books[-1]))
        return answer

    async def left_kg(self) -> str:
        """What lies in the newest book."""
        shown = await self.book(self.books[-1])
        return next((m["remaining_kg"] for m in shown["materials"]), "0")

    async def corrected(self, book_id: str, **what: Any) -> httpx2.Response:
        """Asked for by the factory, consented to by an officer."""
        body = {"grounds": "as the papers say", **what}
        asked = await self.plant.party.try_post(f"{P}/books/{book_id}/corrections", body)
        if asked.status_code != 201:
            return asked
        path = f"{P}/corrections/{asked.json()['correction_id']}/decision"
        word = {"decision": "CONSENT", "reason": "seen in the papers"}
        return await (await self.officer()).try_post(path, word)


async def begin(play: Play) -> httpx2.Response:
    """The next book, from the first day that is free."""
    for ahead in (0, 1):
        body = {
            "period_from": (today() + timedelta(days=ahead)).isoformat(),
            "period_to": (today() + timedelta(days=40)).isoformat(),
        }
        answer = await play.plant.party.try_post(f"{P}/books", body)
        if answer.status_code == 201:
            play.books.append(answer.json()["book_id"])
            break
    return answer


async def receive(play: Play) -> httpx2.Response | None:
    """The first load that is not in a book yet, two kilograms short."""
    for load in play.loads:
        shown = await play.plant.party.get(f"{M}/purchases/{load}")
        if shown["state"] == "DISPATCHED":
            return await play.came(load, "98")
    return None


async def lose(play: Play) -> httpx2.Response:
    """The second load is reported lost, and written off."""
    load = play.loads[1]
    play.reported.append(load)
    return await play.corrected(play.books[-1], kind="LOSS", purchase_id=load)


async def find(play: Play) -> httpx2.Response:
    """The second load comes, whatever was said of it."""
    return await play.came(play.loads[1], "100")


async def consume(play: Play) -> httpx2.Response:
    """Kernels of eighty kilograms, without a word: of more than there is it is refused."""
    return await play.plant.produce(play.books[-1], "20")


async def correct(play: Play) -> httpx2.Response:
    """The newest receipt's weight was mistyped."""
    receipt_id, book_id = play.receipts[-1]
    return await play.corrected(book_id, kind="RECEIPT", receipt_id=receipt_id, received_kg="97")


async def count(play: Play) -> httpx2.Response:
    """Counted early, and it is all there."""
    return await play.plant.close(play.books[-1], await play.left_kg())


async def count_nothing(play: Play) -> httpx2.Response:
    """Counted early, and nothing is there."""
    return await play.plant.close(play.books[-1], "0")


ACTS: Final[dict[str, Callable[[Play], Awaitable[httpx2.Response | None]]]] = {
    act.__name__: act
    for act in (begin, receive, lose, find, consume, correct, count, count_nothing)
}


async def begun(window: Window, factory: Factories) -> Play:
    """A book with one load in stock and W23 declared; two more loads are on their way."""
    plant, group = await factory(), await window.group(1)
    book_id, order_id = await plant.open_book(), await plant.order()
    loads = []
    for _ in range(3):
        lot_id = await released(window, group, values=["100.00"], kg_each=str(STOCK))
        loads.append(await plant.buy(lot_id, order_id))
        await plant.dispatch(loads[-1])
    play = Play(window, plant, [book_id], loads[1:], [])
    assert (await play.came(loads[0], str(STOCK))).status_code == 201
    assert (await plant.declare(book_id)).status_code == 201
    play.loads = [*loads[1:], loads[0]]
    await adds_up(play, "begin")
    return play


@pytest.mark.proof(keep=8)
@pytest.mark.parametrize(
    "acts", [pytest.param(acts, id="-".join(acts)) for acts in product(ACTS, repeat=4)]
)
async def test_in_every_order_the_books_add_up_and_no_load_is_lost(
    window: Window, factory: Factories, acts: tuple[str, ...]
) -> None:
    play = await begun(window, factory)
    for act in acts:
        answer = await ACTS[act](play)
        allowed = (200, 201, 404, 409, 422)
        assert answer is None or answer.status_code in allowed, f"{act}: {answer.text}"
        await adds_up(play, act)


async def adds_up(play: Play, act: str) -> None:
    """Every book balances, closed ones stand, one follows another, and each load is somewhere."""
    books = {book_id: await play.book(book_id) for book_id in play.books}
    for book_id, now in books.items():
        before = play.stood.get(book_id)
        balances(now, act)
        if before is not None:
            state, became = B(before["state"]), B(now["state"])
            reached = {to for (at, _), to in BOOK.moves.items() if at == state}
            # A correction gives a count back and settles it anew, in one act.
            reached |= {to for (at, _), to in BOOK.moves.items() if at in reached}
            assert became == state or became in reached, f"{act}: {state} to {became}"
            if state is B.CLOSED:
                assert now == before, f"{act}: what is closed stays"
    follows(play, list(books.values()), act)
    await each_load_is_somewhere(play, list(books.values()), act)
    play.stood = books


def kg(text: str | None) -> Decimal:
    return Decimal(text or 0)


def balances(book: dict[str, Any], act: str) -> None:
    for material in book["materials"]:
        left = kg(material["opening_kg"]) + kg(material["received_kg"])
        left -= kg(material["consumed_kg"]) + kg(material["scrap_beyond_loss_kg"])
        assert left >= 0, f"{act}: below zero without a word"
        assert kg(material["remaining_kg"]) == left, (act, material)
        if material["closing_kg"] is not None:
            counted = kg(material["closing_kg"]) + kg(material["unexplained_kg"])
            assert counted == left, (act, material)


def follows(play: Play, books: list[dict[str, Any]], act: str) -> None:
    """What is left of a book that is closed is what the next one begins with, once."""
    for book, next_one in pairwise(books):
        if book["state"] != "CLOSED":
            continue
        closed = {m["material_hs"]: kg(m["closing_kg"]) for m in book["materials"]}
        opened = {m["material_hs"]: kg(m["opening_kg"]) for m in next_one["materials"]}
        assert opened == {hs: left for hs, left in closed.items() if left or hs in opened}, act


async def each_load_is_somewhere(play: Play, books: list[dict[str, Any]], act: str) -> None:
    received = sum((kg(m["received_kg"]) for b in books for m in b["materials"]), Decimal(0))
    there = Decimal(0)
    for load in play.loads:
        state = (await play.plant.party.get(f"{M}/purchases/{load}"))["state"]
        lost_in = [b["book_id"] for b in books if load in {x["purchase_id"] for x in b["lost"]}]
        waited_for = any(load in {x["purchase_id"] for x in b["in_transit"]} for b in books)
        running = any(b["state"] != "CLOSED" for b in books)
        match state:
            case "LOST":
                assert len(lost_in) == 1 and not waited_for, (act, load)
                assert load in play.reported
            case "RECEIVED":
                assert lost_in == [] and not waited_for, (act, load)
                there += 1
            case "DISPATCHED":
                assert lost_in == [] and waited_for == running, (act, load)
            case other:
                raise AssertionError(f"{act}: {load} is {other}")
    assert there == len(play.receipts), f"{act}: a load is in one book"
    assert received <= STOCK * there, act
    assert received >= Decimal(97) * there, act
