"""Reports that a settlement owes: balance of payments (涉外收支申报) and large values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from services.kernel.business_days import CHINA, calendar, next_business_day
from services.kernel.clock import business_day
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.rule import rule
from services.settlement.domain.model import RETURNED_GOODS


@dataclass(frozen=True, slots=True)
class PaymentsReport:
    """One row of the balance-of-payments report."""

    bop_code: str
    purpose_code: str
    paid: Money
    counter_country: str
    value_on: date
    due_on: date


@rule("SET-14", source="rcpmis", in_force=date(2010, 3, 8))
def payments_report(
    *,
    paid: Money,
    purpose_code: str,
    counter_country: str,
    settled_at: datetime,
    book: PolicyBook,
    value_on: date | None = None,
) -> PaymentsReport:
    """Each cross-border RMB payment is reported by the next business day (T+1).

    Where the holiday calendar of that day is not loaded, the next calendar day is named: the
    money has moved, so the report may come early, never late. The value date is the bank's, where
    it gives one, else the day of its word.
    """
    day = business_day(settled_at)
    return PaymentsReport(
        bop_code=str(book.get("bop.code.hushi", on=day)),
        purpose_code=purpose_code,
        paid=paid,
        counter_country=counter_country,
        value_on=value_on or day,
        due_on=_next_day(day, book),
    )


def _next_day(day: date, book: PolicyBook) -> date:
    following = day + timedelta(days=1)
    try:
        return next_business_day(following, calendar(book, CHINA.country, on=day))
    except Refused:
        return following


@rule("SET-34", source="rcpmis", in_force=date(2010, 3, 8))
def return_report(
    reported: PaymentsReport, *, returned_on: date, found_at: datetime, book: PolicyBook
) -> PaymentsReport:
    """Money that came back is a receipt across the border, and reported as a return of its payment.

    Under the payment's own code and with the purpose of a return (RGOD), beside what was reported
    of the payment: that was so. By the next business day after it was found (T+1).
    """
    day = business_day(found_at)
    return replace(
        reported, purpose_code=RETURNED_GOODS, value_on=returned_on, due_on=_next_day(day, book)
    )


@rule("SET-15", source="large-value", in_force=date(2017, 7, 1))
def large_value(amount: Money, *, natural_person: bool, threshold: Decimal) -> bool:
    """A natural person's cross-border payment at or above the threshold is reported."""
    return natural_person and amount.currency == "CNY" and amount.decimal >= threshold


@rule("SET-16", source="big-amount", in_force=date(2014, 5, 1))
def big_amount(amount: Money, *, usd_rate: Decimal, threshold_usd: Decimal) -> bool:
    """A goods payment above the threshold in US dollars is held for the big-amount check."""
    return amount.decimal / usd_rate > threshold_usd
