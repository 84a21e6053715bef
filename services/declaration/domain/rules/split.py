"""How a factory-sized lot is split over the members who buy it together (抱团, W5)."""

from __future__ import annotations

from services.declaration.domain import refusals
from services.kernel.money import Money
from services.kernel.refusal import Refused


def minimum_members(value: Money, daily_quota: Money) -> int:
    """The fewest residents among whom a lot's value fits: ceil(value / quota)."""
    return -(-value.minor // daily_quota.minor)


def split_equally(value: Money, members: int, daily_quota: Money) -> list[Money]:
    """Equal shares to the cent that add up exactly; the first ones carry the remainder.

    Raises Refused QUOTA_EXCEEDED when the members are too few.
    """
    if members < 1 or members < minimum_members(value, daily_quota):
        needed = minimum_members(value, daily_quota)
        raise Refused(refusals.MEMBERS_TOO_FEW.at(needed=needed))
    share, remainder = divmod(value.minor, members)
    return [Money(share + (i < remainder), value.currency) for i in range(members)]
