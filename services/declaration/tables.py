"""Tables of the declaration service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.platform.columns import INSTANT, KG, TEXTS
from services.platform.database import metadata
from services.platform.limited_account import LimitedAccount

OWNER: Final = {"owner": "declaration"}

lots = Table(
    "lots",
    metadata,
    Column("lot_id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("reference_key", Text, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("group_code", Text),
    Column("port", Text, nullable=False),
    Column("customs_office", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("plate_key", Text, nullable=False),
    Column("foreign_plate", Text),
    Column("foreign_plate_key", Text),
    Column("manifest_no", Text),
    Column("manifest_key", Text),
    Column("loaded_plates", TEXTS),
    Column("loaded_entries", ARRAY(INSTANT)),
    Column("loaded_named", ARRAY(Boolean)),
    Column("origin", Text, nullable=False),
    Column("shipped_from", Text, nullable=False),
    Column("seller", Text, nullable=False),
    Column("seller_key", Text, nullable=False),
    Column("seller_bank_bic", Text, nullable=False),
    Column("seller_code", Text),
    Column("seller_account", Text),
    Column("seller_account_bic", Text),
    Column("hs_code", Text, nullable=False),
    Column("goods_name", Text, nullable=False),
    Column("perishable", Boolean, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("net_kg", KG, nullable=False),
    Column("gross_kg", KG, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("ticket_count", Integer, nullable=False),
    Column("entered_at", INSTANT, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("replay", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False),
    Column("lane", Text),
    Column("order_id", Text),
    Column("submitted_at", INSTANT, nullable=False),
    Column("amended_at", INSTANT),
    Column("shares_due_at", INSTANT),
    Column("clock_started_at", INSTANT),
    Column("release_due_at", INSTANT),
    Column("clock_ran_out_at", INSTANT),
    Column("released_at", INSTANT),
    Column("ended_at", INSTANT),
    Index(
        None,
        "foreign_plate_key",
        "lot_id",
        postgresql_where=text("foreign_plate_key IS NOT NULL"),
    ),
    Index(None, "reference_key", "lot_id"),
    Index(None, "manifest_key", "lot_id", postgresql_where=text("manifest_key IS NOT NULL")),
    Index(None, "hs_code", "lot_id", postgresql_ops={"hs_code": "text_pattern_ops"}),
    info=OWNER,
)
"""One truck's goods, declared as one lot (互市申报单). ``shares_due_at``: until when its members
answer; None of a lot that its bearer declared alone. ``loaded_plates`` and ``loaded_entries``: of
whose loads it is a part (``truck_loads``), side by side with ``loaded_named``: in which of them
under the manifest of that truck's carrier, None of all in the time before.
``seller_account``: where the seller is paid, as it was on file when the lot was declared; what the
registry says later redirects nothing.
"""

lot_amendments = Table(
    "lot_amendments",
    metadata,
    Column("lot_id", Uuid, ForeignKey("lots.lot_id"), primary_key=True),
    Column("former_version", Integer, primary_key=True),
    Column("amended_at", INSTANT, nullable=False),
    Column("plate_key", Text, nullable=False),
    Column("foreign_plate_key", Text),
    Column("manifest_key", Text),
    Column("seller_key", Text, nullable=False),
    Column("seller_code", Text),
    Column("seller_bank_bic", Text, nullable=False),
    info=OWNER,
)
"""By what screening knows a lot, as it stood up to this version of it: its truck, manifest and
seller before it was amended, which whoever looks for them still finds. ``manifest_key``: empty
where it named none, None where a version before has kept none, which amended no lot's manifest."""

tickets = Table(
    "tickets",
    metadata,
    Column("lot_id", Uuid, primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("ticket_id", Uuid, nullable=False),
    Column("resident_id", Uuid, nullable=False),
    Column("net_kg", KG, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("confirmed_at", INSTANT),
    Column("refused_at", INSTANT),
    Index(None, "resident_id", "lot_id"),
    info=OWNER,
)
"""One resident's share of a lot; partitioned by the month in which the lot was made."""

quota_days = Table(
    "quota_days",
    metadata,
    Column("resident_id", Uuid, primary_key=True),
    Column("business_on", Date, primary_key=True),
    Column("limit_minor", BigInteger, nullable=False),
    Column("reserved_minor", BigInteger, nullable=False),
    Column("consumed_minor", BigInteger, nullable=False, server_default="0"),
    Column("max_tickets", Integer),
    Column("tickets", Integer, nullable=False),
    info=OWNER,
)
"""One resident's Beijing day: what is reserved, what consumed, never above the limit.

``max_tickets`` is what a version before wrote; what a port limits stands in ``port_tickets``.
"""

port_tickets = Table(
    "port_tickets",
    metadata,
    Column("resident_id", Uuid, primary_key=True),
    Column("business_on", Date, primary_key=True),
    Column("port", Text, primary_key=True),
    Column("tickets", Integer, nullable=False),
    Column("max_tickets", Integer),
    info=OWNER,
)
"""One resident's tickets of a Beijing day at a port, never above its limit where it has one."""

name_freezes = Table(
    "name_freezes",
    metadata,
    Column("resident_id", Uuid, primary_key=True),
    Column("frozen_at", INSTANT, primary_key=True),
    Column("thawed_at", INSTANT),
    Index(
        "uq_name_freezes_resident_id",
        "resident_id",
        unique=True,
        postgresql_where=text("thawed_at IS NULL"),
    ),
    info=OWNER,
)
"""When a resident let nobody declare in the own name, from (inclusive) to (exclusive)."""

name_reports = Table(
    "name_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, ForeignKey("lots.lot_id"), nullable=False),
    Column("resident_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("reported_at", INSTANT, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("found", Text),
    Column("found_at", INSTANT),
    Column("decided_at", INSTANT),
    Column("quota_back", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("lot_id", "resident_id"),
    Index(None, "resident_id", "report_id"),
    Index("ix_name_reports_open", "report_id", postgresql_where=text("decided_at IS NULL")),
    info=OWNER,
)
"""That a use of a name was not its bearer's own (``domain/reports.py``): once of a lot. ``found``
is what a registrar wrote; ``quota_back`` whether the lot's use was taken off the bearer's day."""

touches = Table(
    "touches",
    metadata,
    Column("challenge", LargeBinary, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("resident_id", Uuid, nullable=False),
    Column("passkey_id", Uuid, nullable=False),
    Column("terms", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("authenticator_data", LargeBinary, nullable=False),
    Column("client_data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("touched_at", INSTANT, nullable=False),
    info=OWNER,
)
"""What residents agreed to by one touch, and their phones' answers: evidence, never changed. The
challenge is the SHA-256 of ``terms``, and each is agreed to once."""

manifests = Table(
    "manifests",
    metadata,
    Column("manifest_key", Text, primary_key=True),
    Column("plate_key", Text, primary_key=True),
    Column("manifest_no", Text, nullable=False),
    Column("manifest_id", Uuid, nullable=False, unique=True),
    Column("lodged_by", Text, nullable=False),
    Column("carrier", Text),
    Column("port", Text, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("foreign_plate", Text),
    Column("total_kg", KG, nullable=False),
    Column("reserved_kg", KG, nullable=False, server_default="0"),
    Column("written_off_kg", KG, nullable=False, server_default="0"),
    Column("lodged_at", INSTANT, nullable=False),
    Index(None, "plate_key", "lodged_at"),
    info=OWNER,
)
"""What a truck carries; lots reserve its weight and write it off on release (核注). A number is the
carrier's, who gives it once; two carriers may give the same, each for a truck of its own."""
MANIFEST_WEIGHT: Final = LimitedAccount(
    table="manifests",
    key={"manifest_key": "text", "plate_key": "text"},
    limit="total_kg",
    reserved="reserved_kg",
    used="written_off_kg",
)

truck_loads = Table(
    "truck_loads",
    metadata,
    Column("plate_key", Text, primary_key=True),
    Column("port", Text, primary_key=True),
    Column("entered_at", INSTANT, primary_key=True),
    Column("rated_kg", KG, nullable=False),
    Column("loaded_kg", KG, nullable=False),
    Column("unnamed_kg", KG, nullable=False, server_default="0"),
    Column("unnamed_most_kg", KG, nullable=False, server_default="0"),
    info=OWNER,
)
"""What the lots of one entry of a truck on file weigh together, cancelled ones no more. Those under
its carrier's manifest (``loaded_kg``) never weigh more than its rated load, and those that are
declared without it (``unnamed_kg``) no more than was left beside them when the last of these was
declared (``unnamed_most_kg``); as they leave by the gate they are part of the first, where there is
room (0169). ``entered_at``: when the gate saw it come in; what no gate saw is of its day, by that
day's beginning, until it has left, and where the gate has recorded the entry by then, for good."""
TRUCK_LOAD: Final = LimitedAccount(
    table="truck_loads",
    key={"plate_key": "text", "port": "text", "entered_at": "timestamptz"},
    limit="rated_kg",
    reserved="loaded_kg",
    beside="unnamed_kg",
    beside_most="unnamed_most_kg",
)
LOADED: Final = """(
    SELECT plate_key, CAST(:port AS text) AS port, entered_at, coalesce(named, true) AS titled
    FROM unnest(
        CAST(:loaded_plates AS text[]), CAST(:loaded_entries AS timestamptz[]),
        CAST(:loaded_named AS boolean[])
    ) AS t (plate_key, entered_at, named)
) AS loaded"""
"""The accounts of which a lot is a part, as it says, and by which of their figures."""
