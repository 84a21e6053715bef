"""The market's tables. Checks are stated in migration 0005_market."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.platform.columns import at, owned_by, rate, words

_table = owned_by("market")
_RATES: Final = ARRAY(Numeric(20, 10))
_VOLUMES: Final = ARRAY(Numeric(20, 2))


bank_quotes = _table(
    "bank_quotes",
    Column("quote_id", Uuid, primary_key=True),
    words("bank_bic"),
    words("pair"),
    rate("bid", nullable=True),
    rate("ask", nullable=True),
    rate("mid"),
    Column("volume", Numeric(20, 2), nullable=False),
    at("quoted_at"),
    at("valid_until"),
    rate("rota_mid"),
    rate("rota_bid"),
    rate("rota_ask"),
    rate("last_mid", nullable=True),
    rate("moved_bp", nullable=True),
    rate("max_bp", nullable=True),
    at("withdrawn_at", nullable=True),
    Column("tier_volumes", _VOLUMES),
    Column("tier_bids", _RATES),
    Column("tier_asks", _RATES),
    Column("rota_bids", _RATES),
    Column("rota_asks", _RATES),
    Index(None, "pair", "quoted_at"),
    Index(None, "pair", "valid_until"),
)
"""What banks quote: mid, and bid and ask where given, for a volume of the base currency; at what
the bank alone deals on its day of duty (``rota_…``); and by how much that stands too far from the
last price for one bank's word (``last_mid``, ``moved_bp``, ``max_bp``), else nothing. One that its
bank has withdrawn counts no longer, nor does the one before it. ``tier_…`` are the tiers that it
gave, ``rota_bids`` and ``rota_asks`` what it alone deals at in each; nothing of a quote at one
price."""

pooled_prices = _table(
    "pooled_prices",
    Column("price_id", Uuid, primary_key=True),
    words("pair"),
    Column("version", Integer, nullable=False),
    rate("mid"),
    rate("bid"),
    rate("ask"),
    Column("used", ARRAY(Text), nullable=False),
    Column("dropped", ARRAY(Text), nullable=False),
    at("valid_from"),
    at("valid_until"),
    at("ended_at", nullable=True),
    Column("volume", Numeric(20, 2)),
    Column("tier_volumes", _VOLUMES),
    Column("tier_bids", _RATES),
    Column("tier_asks", _RATES),
    at("quoted_since", nullable=True),
    UniqueConstraint("pair", "version"),
    Index(None, "pair", "valid_until"),
)
"""The published pooled price (抱团定价), one version after another for each pair. It ends with the
first of the quotes behind it, with the next version, or when they agree no longer (``ended_at``).
``volume`` is what they quote together, in the base; of a price of before it was kept, nothing.
``tier_…`` say up to which sum it is dealt at which bid and ask; nothing where it is one price.
``quoted_since`` is when the oldest of those quotes was posted: what is locked since then counts
against the volume, at whichever version of the price it was."""

bank_absences = _table(
    "bank_absences",
    Column("absence_id", Uuid, primary_key=True),
    words("bank_bic"),
    Column("absent_on", Date, nullable=False),
    words("announced_by"),
    at("announced_at"),
    Column("state", Text, nullable=False, server_default="STANDING"),
    Column("round", Integer, nullable=False, server_default="1"),
    UniqueConstraint("bank_bic", "absent_on"),
)
"""Days on which a bank does not do its rota duty (轮值), as far as STANDING or ENDING;
``round``: how often it was announced."""
