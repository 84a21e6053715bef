"""Tables and their columns: what several services' tables are made of, once.

An instant has its zone, a weight three decimals of a kilogram, a rate ten decimals, a sum stands in
minor units beside its currency. Whatever is not said otherwise is never null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import CHAR, BigInteger, Column, DateTime, Numeric, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.schema import SchemaItem

from services.platform.database import metadata

INSTANT: Final = DateTime(timezone=True)
KG: Final = Numeric(18, 3)
TEXTS: Final = ARRAY(Text)


def reference_key_of(column: str) -> str:
    """SQL of ``canonical.reference_key`` of a reference that a column keeps as it was written.

    What a ``Reference`` may hold is ASCII, of which the database makes the same key.
    """
    return f"trim(BOTH '-' FROM lower(regexp_replace({column}, '[^A-Za-z0-9]+', '-', 'g')))"


def account_key_of(column: str) -> str:
    """SQL of what an account's number is known by, however it is spaced or its letters written."""
    return f"regexp_replace(lower(normalize({column}, NFKC)), '[^a-z0-9]+', '', 'g')"


def owned_by(service: str) -> Callable[..., Table]:
    """What makes a service's tables; grants follow from the owner that they state."""

    def table(name: str, *items: SchemaItem) -> Table:
        return Table(name, metadata, *items, info={"owner": service})

    return table


def at(name: str, **options: Any) -> Column[Any]:
    """An instant."""
    return Column(name, INSTANT, **{"nullable": False, **options})


def kg(name: str, **options: Any) -> Column[Any]:
    """A weight in kilograms."""
    return Column(name, KG, **{"nullable": False, **options})


def kg_so_far(name: str) -> Column[Any]:
    """A weight that grows from nothing."""
    return kg(name, server_default=text("0"))


def minor(name: str, **options: Any) -> Column[Any]:
    """A sum in minor units of the currency beside it."""
    return Column(name, BigInteger, **{"nullable": False, **options})


def currency(name: str = "currency", **options: Any) -> Column[Any]:
    """A currency (ISO 4217)."""
    return Column(name, CHAR(3), **{"nullable": False, **options})


def rate(name: str, **options: Any) -> Column[Any]:
    """A rate or a price, ten decimals."""
    return Column(name, Numeric(20, 10), **{"nullable": False, **options})


def words(name: str, **options: Any) -> Column[Any]:
    """A text or a code."""
    return Column(name, Text, **{"nullable": False, **options})
