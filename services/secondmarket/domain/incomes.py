"""What an event vouches for of what each ticket brought its resident."""

from __future__ import annotations

from typing import Final

INCOMES: Final = (
    *("ticket_id", "resident_id", "net_kg"),
    *("proceeds_minor", "cost_minor", "currency"),
)
"""Who of a sold lot is paid how much."""
