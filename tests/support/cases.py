"""An open case of each kind, waiting for a person, on record and in the engine."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from services.kernel.clock import business_day
from tests.support.harbour import Harbour


async def _lot(harbour: Harbour) -> str:
    """Waits for its members."""
    group = await harbour.group(2, mandated=False)
    return await harbour.accepted(group, residents=group.residents, values=["10.00", "20.00"])


async def _order(harbour: Harbour) -> str:
    """Waits for its officers' findings."""
    lot = await harbour.inspected(await harbour.group())
    return str(lot["order_id"])


async def _enterprise(harbour: Harbour) -> str:
    code = f"{random.randrange(10**9, 10**10)}"
    await harbour.window.sql.execute(
        "INSERT INTO enterprises (enterprise_code, credit_code, name, port)"
        " VALUES ($1, $2, 'Sample', $3)",
        code,
        f"91450681{code}",
        harbour.port,
    )
    return code


async def _accreditation(harbour: Harbour) -> str:
    """Waits to be accepted."""
    party = harbour.window.parties.act_as("enterprise", f"enterprise:{await _enterprise(harbour)}")
    applied = await party.post("/inspection/v1/accreditations", {"level": "ADVANCED"})
    return str(applied["accreditation_id"])


async def _book(harbour: Harbour) -> str:
    """Runs for forty days."""
    code = await _enterprise(harbour)
    filing = {
        "enterprise_code": code,
        "hs_prefix": "080131",
        "filed_from": "2025-01-01",
        "yearly_capacity_kg": "5000000",
        "filing_no": "T-1",
    }
    await harbour.window.registrar.post("/registry/v1/processing-filings", {"rows": [filing]})
    today = business_day(datetime.now(UTC))
    period = {
        "period_from": today.isoformat(),
        "period_to": (today + timedelta(days=40)).isoformat(),
    }
    party = harbour.window.parties.act_as("enterprise", f"enterprise:{code}")
    opened = await party.post("/processing/v1/books", period)
    return str(opened["book_id"])


async def _instruction(harbour: Harbour) -> str:
    """Waits for its bank's word."""
    await harbour.window.sql.execute(
        "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
        " SELECT 'TSTCCNBJ', 'Test bank', '{}', coalesce(max(rota_order), 0) + 1, '{CNY,VND}'"
        " FROM banks ON CONFLICT DO NOTHING"
    )
    await harbour.window.sql.execute(
        "INSERT INTO sellers (seller_code, code_key, name, name_key, country, bank_bic, account)"
        " VALUES ('SELLER-CASES', 'sellercases', 'Sample Mong Cai 1', 'samplemongcai1', 'VN',"
        " 'BFTVVNVX', '0011002233445')"
        " ON CONFLICT DO NOTHING"
    )
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
