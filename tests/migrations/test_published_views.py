"""What is published to be read shows money as people write it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from iso4217 import Currency

from deploy.operate.data_directory import Endpoints
from services.kernel.money import Money


@pytest.fixture
async def sql(stack: Endpoints) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url)
    yield connection
    await connection.close()


async def test_every_sum_of_a_published_view_is_there_with_its_decimals(
    sql: asyncpg.Connection,
) -> None:
    columns = await sql.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name LIKE 'v\\_%'"
    )
    shown = {(c["table_name"], c["column_name"]) for c in columns}
    sums = {(view, name) for view, name in shown if name.endswith("_minor")}
    assert sums
    assert {(view, name.removesuffix("_minor")) for view, name in sums} <= shown


async def test_the_decimals_are_those_of_the_currency(sql: asyncpg.Connection) -> None:
    known = [currency.code for currency in Currency if currency.exponent is not None]
    for currency in known:
        text = await sql.fetchval("SELECT decimal_amount(1234567, $1)::text", currency)
        assert text == Money(1234567, currency).amount, currency
