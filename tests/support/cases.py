"""An open case of each kind, waiting for a person, on record and in the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from services.kernel.clock import business_day
from tests.support.harbour import Harbour
from tests.support.on_file import rota_begun, seller_filed


async def _lot(harbour: Harbour) -> str:
    """Waits for its members."""
    group = await harbour.group(2, mandated=False)
    return await harbour.accepted(group, residents=group.residents, values=["10.00", "20.00"])


async def _order(harbour: Harbour) -> str:
    """Waits for its officers' findings."""
    lot = await harbour.inspected(await harbour.group())
    return str(lot["order_id"])


async def _accreditation(harbour: Harbour) -> str:
    """Waits to be accepted."""
    party = await harbour.factory()
    applied = await party.post(
        "/accreditation/v1/accreditations", {"level": "ADVANCED", "trades": ["PROCESSING"]}
    )
    return str(applied["accreditation_id"])


async def _book(harbour: Harbour) -> str:
    """Runs for forty days."""
    today = business_day(datetime.now(UTC))
    period = {
        "period_from": today.isoformat(),
        "period_to": (today + timedelta(days=40)).isoformat(),
    }
    opened = await (await harbour.factory()).post("/processing/v1/books", period)
    return str(opened["book_id"])


async def _instruction(harbour: Harbour) -> str:
    """Waits for its bank's word."""
    await harbour.window.sql.execute(
        "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
        " SELECT 'TSTCCNBJ', 'Test bank', '{}', coalesce(max(rota_order), 0) + 1, '{CNY,VND}'"
        " FROM banks ON CONFLICT (bic) DO UPDATE SET currencies = excluded.currencies,"
        " rota_order = coalesce(banks.rota_order, excluded.rota_order)"
    )
    await rota_begun(harbour.window.sql)
    await seller_filed(harbour.window.sql, "Sample Mong Cai 1", code="SELLER-CASES")
    group = await harbour.group()
    lot_id = await harbour.released(group, values=["100.00"])
    payment = {
        "client_reference": lot_id[4:],
        "lot_id": lot_id,
        "amount": "100.00",
        "currency": "CNY",
        "pay_currency": "CNY",
        "purpose_code": "GOD",
    }
    instructed = await group.clerk.post("/settlement/v1/instructions", payment)
    return str(instructed["instruction_id"])


OPEN: Final[Mapping[str, Callable[[Harbour], Awaitable[str]]]] = {
    "lot": _lot,
    "ins": _order,
    "aeo": _accreditation,
    "bok": _book,
    "stl": _instruction,
}
"""Opens a case, by the prefix of its id; a new kind of case takes its place here."""
