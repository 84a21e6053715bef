"""The sandbox banks' book: what a real mock-bank server answers, and what is made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest

from deploy.sandbox.book import Book, Habit, Order
from services.kernel.money import Money

BIC = "ABOCCNBJ"


@pytest.fixture
async def book() -> AsyncIterator[Book]:
    made = Book(day=date(2026, 11, 21))
    for currency in ("CNY", "VND"):
        await made.open_account(BIC, currency)
    yield made
    await made.close()


def order(amount: str = "7934.00", currency: str = "CNY", account: str = "0011") -> Order:
    money = Money.parse(amount, currency)
    return Order(uuid4().hex, money, "Cong ty Hai Phong 36", account, "BFTVVNVX")


async def test_a_book_opens_on_a_day_on_which_it_settles(book: Book) -> None:
    assert book.day == date(2026, 11, 20), "the Friday before that Saturday"


@pytest.mark.parametrize(("amount", "currency"), [("7934.00", "CNY"), ("28188788", "VND")])
async def test_a_payment_is_accepted_and_debited_the_same_day(
    book: Book, amount: str, currency: str
) -> None:
    told = order(amount, currency)
    assert not await book.knows(told.reference)
    await book.instruct(BIC, told)
    await book.collect()
    entry = book.entry(told.reference)
    assert entry is not None
    assert (entry.status, entry.debited) == ("ACCP", True)
    assert await book.knows(told.reference)


async def test_a_payment_told_twice_is_paid_once(book: Book) -> None:
    told = order()
    await book.instruct(BIC, told)
    await book.instruct(BIC, told)
    await book.collect()
    entry = book.entry(told.reference)
    assert entry is not None
    assert (entry.status, entry.reason) == ("ACCP", None)


async def test_an_empty_account_refuses(book: Book) -> None:
    await book.behave(BIC, "CNY", Habit.REFUSE)
    told = order()
    await book.instruct(BIC, told)
    await book.collect()
    entry = book.entry(told.reference)
    assert entry is not None
    assert (entry.status, entry.reason, entry.debited) == ("RJCT", "AM04", False)
    assert (await book.investigate(told.reference)) == entry


async def test_a_file_that_the_book_cannot_read_is_refused_as_a_whole(book: Book) -> None:
    told = order(currency="MMK", amount="10.00")
    await book.instruct(BIC, told)
    await book.collect()
    entry = book.entry(told.reference)
    assert entry is not None
    assert entry.status == "RJCT"


async def test_a_silent_book_has_booked_and_says_so_only_when_asked(book: Book) -> None:
    await book.behave(BIC, "CNY", Habit.SILENT)
    told = order()
    await book.instruct(BIC, told)
    await book.collect()
    assert book.entry(told.reference) is None
    found = await book.investigate(told.reference)
    assert found is not None
    assert found.debited
    assert await book.investigate(uuid4().hex) is None
