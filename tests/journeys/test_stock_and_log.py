"""What a book begins with, and what was counted at its end, is compared with the book's events."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.stock import COMPARED
from services.kernel.identifiers import case_uuid
from tests.support.factory import P, factory_filed, released
from tests.support.harbour import Harbour
from tests.support.on_file import officer_filed
from tests.support.one_day import today
from tests.support.tampering import change, found
from tests.support.window import PORT

pytestmark = pytest.mark.slow

UNLIKE: Final = {
    "opening_kg": "book_materials.opening_kg is not what the book's events say",
    "closing_kg": "book_materials.closing_kg is not what the book's events say",
    "unexplained_kg": "book_materials.unexplained_kg is not what the weights beside it leave",
}


@pytest.fixture(scope="module")
async def books(harbour: Harbour) -> tuple[str, str]:
    """A book that was counted, took a load after that and was closed; the next, begun with it."""
    factory = await factory_filed(harbour.window)
    first = await factory.open_book()
    loads = [
        await released(harbour.window, await harbour.window.group(1), kg_each=kg)
        for kg in ("100", "20")
    ]
    early, late = [await factory.buy(lot) for lot in loads]
    for purchase in (early, late):
        await factory.dispatch(purchase)
    assert (await factory.receive(early, first, "100", seal_intact=False)).status_code == 201
    assert (await factory.close(first, "100")).json()["state"] == "ALERTED"
    assert (await factory.receive(late, first, "20")).status_code == 201
    badge = await officer_filed(harbour.window.sql, PORT)
    officer = harbour.window.parties.act_as("officer", f"officer:{badge}", port=PORT)
    (alert,) = (await factory.party.get(f"{P}/alerts", book_id=first))["items"]
    word = {"resolution": "ACCEPT", "reason": "seen"}
    await officer.post(f"{P}/alerts/{alert['alert_id']}/closing", word)
    return first, await factory.open_book(period_from=f"{today() + timedelta(days=1)}")


async def test_stock_that_nobody_touched_is_what_the_log_says(
    books: tuple[str, str], by_hand: AsyncConnection
) -> None:
    kept = await by_hand.execute(
        text(
            "SELECT opening_kg, closing_kg FROM book_materials WHERE book_id = ANY(:books)"
            " ORDER BY opening_kg"
        ),
        {"books": [case_uuid(book) for book in books]},
    )
    assert [tuple(map(str, row)) for row in kept] == [("0.000", "120.000"), ("120.000", "None")]
    assert [await found(by_hand, book) for book in books] == [[], []]


@pytest.mark.parametrize("which", [0, 1], ids=["closed", "open"])
@pytest.mark.parametrize("column", COMPARED["book_materials"])
async def test_a_weight_changed_by_hand_is_named(
    books: tuple[str, str], by_hand: AsyncConnection, which: int, column: str
) -> None:
    await change(by_hand, "book_materials", column, f"book_id = '{case_uuid(books[which])}'")
    assert UNLIKE[column] in await found(by_hand, books[which])


@pytest.mark.parametrize("which", [0, 1], ids=["received", "carried over"])
async def test_a_material_that_is_gone_is_missed(
    books: tuple[str, str], by_hand: AsyncConnection, which: int
) -> None:
    gone = f"DELETE FROM book_materials WHERE book_id = '{case_uuid(books[which])}'"
    await by_hand.execute(text(gone))
    missing = "book_materials has no row of what the book's events say"
    assert missing in await found(by_hand, books[which])


async def test_a_material_that_never_came_in_is_named(
    books: tuple[str, str], by_hand: AsyncConnection
) -> None:
    added = "INSERT INTO book_materials (book_id, material_hs) VALUES (:book, '09011100')"
    await by_hand.execute(text(added), {"book": case_uuid(books[0])})
    assert await found(by_hand, books[0]) == [
        "book_materials has a row of which the book's events say nothing"
    ]
