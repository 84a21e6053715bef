"""A limited account is reserved, consumed and given back, and never holds more than its limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.platform.database import Tx
from services.platform.limited_account import LimitedAccount
from tests.support.window import Window

GUARANTEE: Final = LimitedAccount(
    table="guarantees_of_a_test",
    key={"guarantee_id": "uuid", "year": "integer"},
    limit="sum_minor",
    reserved="reserved_minor",
    used="called_minor",
)
TABLE: Final = text(
    "CREATE TEMPORARY TABLE guarantees_of_a_test (guarantee_id uuid, year integer, currency text,"
    " sum_minor bigint, reserved_minor bigint DEFAULT 0, called_minor bigint DEFAULT 0,"
    " PRIMARY KEY (guarantee_id, year), CHECK (reserved_minor >= 0 AND called_minor >= 0"
    " AND reserved_minor + called_minor <= sum_minor)) ON COMMIT DROP"
)
MINOR: Final = "CAST(:minor AS bigint)"
OPEN: Final = text(
    GUARANTEE.open_and_reserve(MINOR, limit="CAST(:sum AS bigint)", currency="CAST(:of AS text)")
)
RESERVE, CONSUME, GIVE_BACK = (
    text(moved(MINOR)) for moved in (GUARANTEE.reserve, GUARANTEE.consume, GUARANTEE.give_back)
)
FIGURES: Final = text(
    f"SELECT currency, reserved_minor, called_minor, {GUARANTEE.left} AS left_minor"
    " FROM guarantees_of_a_test WHERE guarantee_id = :guarantee_id"
)


class Guarantee:
    """One account, over the transaction that a test writes in."""

    def __init__(self, tx: Tx, guarantee_id: UUID) -> None:
        self.tx = tx
        self.key = {"guarantee_id": guarantee_id, "year": 2026}

    async def opened(self, minor: int) -> None:
        await self.tx.execute(OPEN, {**self.key, "minor": minor, "sum": 100, "of": "CNY"})

    async def moved(self, how: object, minor: int) -> None:
        await self.tx.execute(how, {**self.key, "minor": minor})  # type: ignore[arg-type]

    async def figures(self) -> tuple[int, int, int] | None:
        """What is reserved, used and left; None where there is no account."""
        values = {"guarantee_id": self.key["guarantee_id"]}
        row = (await self.tx.execute(FIGURES, values)).one_or_none()
        if row is None:
            return None
        assert row.currency == "CNY"
        return row.reserved_minor, row.called_minor, row.left_minor


@pytest.fixture
async def guarantee(window: Window) -> AsyncIterator[Guarantee]:
    async with window.assembly.database("declaration").transaction() as tx:
        await tx.execute(TABLE)
        yield Guarantee(tx, uuid4())


async def test_it_is_opened_by_the_first_claim_and_moved_by_all_others(
    guarantee: Guarantee,
) -> None:
    await guarantee.opened(30)
    await guarantee.opened(30)
    await guarantee.moved(RESERVE, 10)
    assert await guarantee.figures() == (70, 0, 30)
    await guarantee.moved(CONSUME, 40)
    assert await guarantee.figures() == (30, 40, 30)
    await guarantee.moved(GIVE_BACK, 30)
    assert await guarantee.figures() == (0, 40, 60)


CREDIT: Final = LimitedAccount(
    table="guarantees_of_a_test",
    key={"guarantee_id": "uuid", "year": "integer"},
    limit="sum_minor",
    reserved="reserved_minor",
)
YEARS: Final = (
    "(SELECT CAST(:guarantee_id AS uuid) AS guarantee_id, year, year - 1900 AS most"
    " FROM unnest(CAST(:years AS integer[])) AS y (year)) AS each_year"
)
RESERVE_EACH: Final = text(CREDIT.open_and_reserve_each(MINOR, limit="most", each=YEARS))
GIVE_BACK_EACH: Final = text(CREDIT.give_back_each(MINOR, each=YEARS))


async def test_several_are_moved_at_once_each_within_its_own_limit(guarantee: Guarantee) -> None:
    of = {"guarantee_id": guarantee.key["guarantee_id"]}
    await guarantee.tx.execute(RESERVE_EACH, {**of, "minor": 60, "years": [2027, 2026]})
    await guarantee.tx.execute(RESERVE_EACH, {**of, "minor": 60, "years": [2027]})
    await guarantee.tx.execute(GIVE_BACK_EACH, {**of, "minor": 50, "years": [2026, 2027, 2028]})
    rows = await guarantee.tx.execute(
        text(
            f"SELECT year, reserved_minor, {CREDIT.left} AS left_minor FROM guarantees_of_a_test"
            " WHERE guarantee_id = :guarantee_id ORDER BY year"
        ),
        of,
    )
    assert [tuple(row) for row in rows] == [(2026, 10, 116), (2027, 70, 57)]
    with pytest.raises(asyncpg.CheckViolationError):
        async with guarantee.tx.savepoint():
            await guarantee.tx.execute(RESERVE_EACH, {**of, "minor": 58, "years": [2026, 2027]})


async def test_nothing_opens_and_moves_nothing(guarantee: Guarantee) -> None:
    await guarantee.opened(0)
    assert await guarantee.figures() is None


@pytest.mark.parametrize(
    ("how", "minor"), [(RESERVE, 71), (OPEN, 71), (CONSUME, 31), (GIVE_BACK, 31)]
)
async def test_the_constraint_is_the_last_guard(
    guarantee: Guarantee, how: object, minor: int
) -> None:
    """Neither more than the limit, nor more than was reserved."""
    await guarantee.opened(30)
    with pytest.raises(asyncpg.CheckViolationError):
        async with guarantee.tx.savepoint():
            if how is OPEN:
                await guarantee.opened(minor)
            else:
                await guarantee.moved(how, minor)
    assert await guarantee.figures() == (30, 0, 70)


LOAN: Final = LimitedAccount(
    table="loans_of_a_test",
    key={"loan_id": "uuid"},
    limit="sum_minor",
    reserved="reserved_minor",
    beside="untitled_minor",
    beside_most="untitled_most",
)
LOANS: Final = text(
    "CREATE TEMPORARY TABLE loans_of_a_test (loan_id uuid PRIMARY KEY, sum_minor bigint,"
    " reserved_minor bigint, untitled_minor bigint, untitled_most bigint, CHECK (reserved_minor"
    " BETWEEN 0 AND sum_minor AND untitled_minor BETWEEN 0 AND untitled_most)) ON COMMIT DROP"
)
_ONE: Final = (
    "(SELECT CAST(:loan_id AS uuid) AS loan_id, CAST(:most AS bigint) AS most,"
    " CAST(:titled AS boolean) AS titled) AS one"
)
LEND: Final = text(LOAN.open_and_reserve_each(MINOR, limit="most", each=_ONE))
LENT_BACK: Final = text(LOAN.give_back_each(MINOR, each=_ONE))


@pytest.fixture
async def lent(window: Window) -> AsyncIterator[Lent]:
    async with window.assembly.database("declaration").transaction() as tx:
        await tx.execute(LOANS)
        yield Lent(tx)


class Lent:
    """One account that some claim by a title, and others without."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.loan_id = tx, uuid4()

    async def moved(self, how: object, minor: int, *, titled: bool, most: int = 100) -> str:
        """The figures after it, reserved and without a title; or that it is refused."""
        values = {"loan_id": self.loan_id, "minor": minor, "titled": titled, "most": most}
        try:
            async with self.tx.savepoint():
                await self.tx.execute(how, values)  # type: ignore[arg-type]
        except asyncpg.CheckViolationError:
            return "refused"
        row = (await self.tx.execute(text("SELECT * FROM loans_of_a_test"))).one()
        return f"{row.reserved_minor} {row.untitled_minor}"


async def test_whoever_has_a_title_is_kept_out_by_nobody_who_has_none(lent: Lent) -> None:
    assert await lent.moved(LEND, 101, titled=False) == "refused"
    assert await lent.moved(LEND, 100, titled=False) == "0 100"
    assert await lent.moved(LEND, 1, titled=False) == "refused"
    assert await lent.moved(LEND, 100, titled=True) == "100 100"
    assert await lent.moved(LEND, 1, titled=True) == "refused"
    assert await lent.moved(LENT_BACK, 60, titled=True) == "40 100"
    assert await lent.moved(LENT_BACK, 50, titled=False) == "40 50"
    assert await lent.moved(LEND, 11, titled=False) == "refused"
    assert await lent.moved(LEND, 10, titled=False) == "40 60"
    assert await lent.moved(LENT_BACK, 61, titled=False) == "refused"


async def test_a_limit_that_is_lowered_since_keeps_nobody_out_for_the_sake_of_others(
    lent: Lent,
) -> None:
    assert await lent.moved(LEND, 100, titled=False) == "0 100"
    assert await lent.moved(LEND, 80, titled=True, most=80) == "80 100"
    assert await lent.moved(LENT_BACK, 100, titled=False) == "80 0"
