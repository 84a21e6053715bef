"""Which bank is on duty, read from what is on record of banks and their absences."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from services.kernel.business_days import next_business_day
from services.kernel.policy import PolicyBook
from services.kernel.rules.rota import Bank, Duty, on_duty
from services.platform.database import Statements

_BANKS = text(
    "SELECT b.bic, b.rota_order, b.currencies, EXISTS (SELECT FROM v_bank_absences AS a"
    " WHERE a.bank_bic = b.bic AND a.absent_on = :day) AS absent"
    " FROM v_banks AS b WHERE b.rota_order IS NOT NULL"
)


async def duty(tx: Statements, law: PolicyBook, day: date, *, currency: str | None = None) -> Duty:
    """The bank that stands behind the price on a day (轮值), of those that deal in a currency.

    Raises Refused BANK_UNAVAILABLE, CALENDAR_MISSING, POLICY_MISSING.
    """
    rows = (await tx.execute(_BANKS, {"day": next_business_day(day)})).all()
    return on_duty(
        [Bank(r.bic, r.rota_order, tuple(r.currencies)) for r in rows],
        starts_on=date.fromisoformat(str(law.get("fx.rota_start_on", on=day))),
        day=day,
        absent=[r.bic for r in rows if r.absent],
        currency=currency,
    )
