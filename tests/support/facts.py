"""What other services and strangers do to a case, put straight where they would put it."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from services.kernel.identifiers import new_id, new_uuid, uuid_of


async def told(sql: asyncpg.Pool, case: str, *, times: int = 1) -> None:
    """A case is told to look at the record, whoever says so."""
    await sql.execute(
        "INSERT INTO outbox (told, opens, source, place)"
        " SELECT $1, false, $1, 1 FROM generate_series(1, $2)",
        case,
        times,
    )


async def deaf(sql: asyncpg.Pool, case: str) -> int:
    """Every tell of a case that is under way is lost; how many were."""
    lost = await sql.execute("DELETE FROM outbox WHERE told = $1", case)
    return int(lost.split()[1])


async def sold(sql: asyncpg.Pool, lot_id: str) -> str:
    """A factory has bought the lot, as the second market keeps it; the purchase's id."""
    purchase, order = new_id("pur"), new_uuid()
    async with sql.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,"
            " bought_kg, unit_price, currency, created_at)"
            " VALUES ($1, '4506960001', $2, '08013100', 100, 100, 1, 'CNY', now())",
            order,
            order.hex,
        )
        bought = (uuid_of(purchase, "pur"), uuid_of(lot_id, "lot"))
        await connection.execute(
            "INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code,"
            " net_kg, price_minor, currency, bought_at)"
            " SELECT $1, $3, lot_id, '4506960001', hs_code, net_kg, value_minor, currency, now()"
            " FROM lots WHERE lot_id = $2",
            *bought,
            order,
        )
        await connection.execute(
            "INSERT INTO purchase_incomes (purchase_id, ticket_id, resident_id, net_kg,"
            " proceeds_minor, cost_minor, currency)"
            " SELECT $1, ticket_id, resident_id, net_kg, value_minor, value_minor, currency"
            " FROM tickets WHERE lot_id = $2",
            *bought,
        )
    return purchase


async def paid(sql: asyncpg.Pool, lot_id: str, minor: int = 1000) -> None:
    """The bank has settled an instruction for the lot, as the settlement service keeps it."""
    instruction = new_uuid()
    await sql.execute(
        "INSERT INTO settlement_instructions (instruction_id, client_reference, instructed_by,"
        " lot_id, buyer, seller_code, seller_bank_bic, seller_account, seller_country, bank_bic,"
        " amount_minor, currency, paid_minor, paid_currency, purpose_code, state, requested_at,"
        " ended_at) VALUES ($1, $2, 'group:T', $3, 'group:T', 'S1', 'BFTVVNVX', '1', 'VN',"
        " 'ABOCCNBJ', $4, 'CNY', $4, 'CNY', 'GOD', 'SETTLED', now(), now())",
        instruction,
        instruction.hex,
        UUID(hex=lot_id[4:]),
        minor,
    )
