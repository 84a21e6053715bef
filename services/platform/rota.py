"""Which bank is on duty, read from what is on record of banks and their absences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from services.kernel.business_days import CHINA, calendar, next_business_day
from services.kernel.policy import PolicyBook
from services.kernel.rules.rota import Bank, Duty, on_duty
from services.platform.database import Row, Statements

_BANKS = text("""
    SELECT r.bic, r.rota_order, r.joined_on, r.left_on, r.currencies,
        (SELECT version FROM v_policy_version) AS policy_version,
        ARRAY(
            SELECT a.absent_on FROM v_bank_absences AS a
            WHERE a.bank_bic = r.bic AND a.absent_on >= :day
        ) AS absences
    FROM v_rota AS r
""")


async def banks_on_rota(tx: Statements, day: date) -> list[Row]:
    """Who is, was and will be on the rota, when each is absent, and the version of the law."""
    return (await tx.execute(_BANKS, {"day": day})).all()


def duty_of(
    rows: Sequence[Row], law: PolicyBook, day: date, *, currency: str | None = None
) -> Duty:
    """The bank of these that stands behind the price on a day (轮值), of those that deal in a
    currency. Raises Refused BANK_UNAVAILABLE, CALENDAR_MISSING, POLICY_MISSING.
    """
    china = calendar(law, CHINA.country, on=day)
    serves_on = next_business_day(day, china)
    return on_duty(
        [Bank(r.bic, r.rota_order, tuple(r.currencies), r.joined_on, r.left_on) for r in rows],
        starts_on=date.fromisoformat(str(law.get("fx.rota_start_on", on=day))),
        day=day,
        absent=[r.bic for r in rows if serves_on in r.absences],
        currency=currency,
        calendar=china,
    )


async def duty(tx: Statements, law: PolicyBook, day: date, *, currency: str | None = None) -> Duty:
    """The bank on duty on a day, read anew. Raises what ``duty_of`` raises."""
    return duty_of(await banks_on_rota(tx, day), law, day, currency=currency)
