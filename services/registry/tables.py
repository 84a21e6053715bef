"""The registry's tables. Checks and what stands on what are stated in migration 0002_registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

from services.platform.columns import account_key_of, at, owned_by
from services.platform.periods import valid

_table = owned_by("registry")
_BY_PARTS: Final[Mapping[str, Any]] = {
    "postgresql_using": "gin",
    "postgresql_ops": {"held_before": "jsonb_path_ops"},
    "postgresql_with": {"fastupdate": "off"},
}
"""An index by which a row is found by a part of what it held before."""


ports = _table(
    "ports",
    Column("port", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("customs_office", CHAR(4), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)
"""Border ports and markets with their customs office (海关代码, 4 digits)."""

residents = _table(
    "residents",
    Column("resident_id", Uuid, primary_key=True),
    Column("resident_no_hash", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""Border residents (边民). ``sealed`` holds number, name, sex, township and phone, encrypted."""

resident_filings = _table(
    "resident_filings",
    Column("resident_id", Uuid, ForeignKey("residents.resident_id"), primary_key=True),
    Column("filed_on", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("filing_no", Text, nullable=False),
    Column("filing_key", Text, nullable=False),
    Column("ends_on", Date, nullable=False),
    valid("filed_on", "ends_on"),
)
"""Filings of residents (边民备案). ``ends_on`` is exclusive: the day after the last, or earlier the
first day of the renewal, which stands beside what was filed before."""

Index(
    "ix_resident_filings_resident_id",
    *(resident_filings.c[name] for name in ("resident_id", "filed_on", "valid_until")),
)

groups = _table(
    "groups",
    Column("group_code", Text, primary_key=True),
    Column("code_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("port", Text, ForeignKey("ports.port"), nullable=False),
    Column("leader_id", Uuid, ForeignKey("residents.resident_id")),
    Column("names_before", ARRAY(Text)),
)
"""Mutual-aid groups (互助组) and co-operatives (合作社). ``names_before``, of whatever is filed by
a name: what it was called before, which the table keeps by itself when a row is renamed."""

Index("ix_groups_leader_id", groups.c.leader_id)

memberships = _table(
    "memberships",
    Column("group_code", Text, ForeignKey("groups.group_code"), primary_key=True),
    Column("resident_id", Uuid, ForeignKey("residents.resident_id"), primary_key=True),
    Column("joined_on", Date, nullable=False),
    Column("left_on", Date),
    valid("joined_on", "left_on"),
)
"""Who belongs to a group, from (inclusive) to (exclusive)."""
Index(
    "ix_memberships_resident_id",
    *(memberships.c[name] for name in ("resident_id", "group_code", "joined_on", "left_on")),
)

mandates = _table(
    "mandates",
    Column("group_code", Text, ForeignKey("groups.group_code"), primary_key=True),
    Column("resident_id", Uuid, ForeignKey("residents.resident_id"), primary_key=True),
    Column("given_on", Date, nullable=False),
    Column("ended_on", Date),
    valid("given_on", "ended_on"),
)
"""Mandates (委托申报): a resident lets the group's clerk confirm for them."""

Index(
    "ix_mandates_group_code",
    *(mandates.c[name] for name in ("group_code", "resident_id", "given_on", "ended_on")),
)

enterprises = _table(
    "enterprises",
    Column("enterprise_code", CHAR(10), primary_key=True),
    Column("credit_code", CHAR(18), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("port", Text, ForeignKey("ports.port"), nullable=False),
    Column("names_before", ARRAY(Text)),
)
"""Enterprises by 10-digit customs code; what customs thinks of them it decides elsewhere."""

processing_filings = _table(
    "processing_filings",
    Column(
        "enterprise_code", CHAR(10), ForeignKey("enterprises.enterprise_code"), primary_key=True
    ),
    Column("hs_prefix", Text, primary_key=True),
    Column("filed_from", Date, nullable=False),
    Column("filed_to", Date),
    Column("yearly_capacity_kg", Numeric(18, 3), nullable=False),
    Column("filing_no", Text, nullable=False),
    valid("filed_from", "filed_to"),
)
"""What an enterprise is filed to process (落地加工备案), by HS prefix, with its yearly capacity."""

officers = _table(
    "officers",
    Column("officer_id", Uuid, primary_key=True),
    Column("badge_no", Text, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("port", Text, ForeignKey("ports.port"), nullable=False),
    Column("team", Text, nullable=False),
    Column("skills", ARRAY(Text), nullable=False, server_default="{}"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)
"""Customs officers. ``sealed`` holds the name."""

conflicts = _table(
    "conflicts",
    Column("officer_id", Uuid, ForeignKey("officers.officer_id"), primary_key=True),
    Column("party", Text, primary_key=True),
    Column("declared_on", Date, nullable=False),
    Column("ended_on", Date),
    valid("declared_on", "ended_on"),
)
"""Parties an officer may not decide about."""

officer_duties = _table(
    "officer_duties",
    Column("officer_id", Uuid, ForeignKey("officers.officer_id"), primary_key=True),
    Column("duty", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    valid("from_on", "until_on"),
)
"""What an officer does from a day to the first day after it: on duty, or away. Without a row, on
duty."""

banks = _table(
    "banks",
    Column("bic", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("public_key", JSONB, nullable=False),
    Column("rota_order", Integer, unique=True),
    Column("currencies", ARRAY(Text), nullable=False),
    Column("time_offsets", Text, nullable=False, server_default="ANY"),
    at("key_until", nullable=True),
    Column("names_before", ARRAY(Text)),
)
"""Banks that settle here: public JWK of their signatures, place in the rota (None: not in it), and
how they write times by their profile of ISO 20022 (ANY: Z is taken for UTC; NUMERIC: never Z).
``key_until``: when the key that they were first filed with ended, as another took its place."""

bank_keys = _table(
    "bank_keys",
    Column("key_id", Uuid, primary_key=True),
    Column("bic", Text, ForeignKey("banks.bic"), nullable=False, index=True),
    Column("public_key", JSONB, nullable=False),
    Column("overlap_hours", Integer, nullable=False),
    at("wished_from", nullable=True),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    at("proposed_at"),
    at("confirm_from", nullable=True),
    Column("decided_by", Text),
    at("decided_at", nullable=True),
    at("valid_from", nullable=True),
    at("valid_until", nullable=True),
)
"""Keys that take the place of a bank's earlier one: one registrar proposes, another decides, from
``confirm_from`` on."""

rota_places = _table(
    "rota_places",
    Column("bic", Text, ForeignKey("banks.bic"), primary_key=True),
    Column("rota_order", Integer, nullable=False),
    Column("joined_on", Date, nullable=False),
    Column("left_on", Date),
    valid("joined_on", "left_on"),
    ExcludeConstraint(
        ("rota_order", "="), ("valid", "&&"), name="ex_rota_places_rota_order", using="gist"
    ),
)
"""Places in the rota (轮值), from (inclusive) to (exclusive): past days keep the bank they had. A
trigger of ``banks`` writes them: a place changes from the day after, the first at once."""

signatories = _table(
    "signatories",
    Column("party", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("duty", Text, primary_key=True),
    Column("active", Boolean, nullable=False),
)
"""Who signs for a body in a duty (有权签字人), by the subject of the person's token."""

payer_accounts = _table(
    "payer_accounts",
    Column("party_key", Text, primary_key=True),
    Column("bank_bic", Text, ForeignKey("banks.bic"), primary_key=True),
    Column("party", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("account_hash", LargeBinary, nullable=False),
    Column("held_before", JSONB),
    UniqueConstraint("party", "bank_bic"),
    ExcludeConstraint(
        ("account_hash", "="),
        ("party_key", "<>"),
        name="ex_payer_accounts_account_hash",
        using="gist",
    ),
    Index("ix_payer_accounts_held_before", "held_before", **_BY_PARTS),
)
"""At which account of a bank a payer is debited. ``sealed`` holds account, holder and address, as
``services/platform/payer_accounts.py`` reads them; by ``account_hash`` no other party has it.
``held_before``, of a seller's too: the accounts of before, which the table keeps by itself."""

register_changes = _table(
    "register_changes",
    Column("change_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("confirm_from", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("filing", Boolean, nullable=False, server_default=text("false")),
    Column("records", Integer, nullable=False, server_default=text("1")),
    Column("concerns", ARRAY(Text), nullable=False, server_default="{}"),
    Index(
        "uq_register_changes_subject",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("state = 'PROPOSED'"),
    ),
    Index("ix_register_changes_concerns", "concerns", postgresql_using="gin"),
    Index(
        "ix_register_changes_decided_at",
        "decided_at",
        postgresql_where=text("state = 'CONFIRMED'"),
    ),
)
"""Changes of records on file, and filings (``filing``) of so many records, that take two persons:
as they are to be, sealed, whom they concern, and from when they may be confirmed. Who proposed is
the log's to say."""

records_before = _table(
    "records_before",
    Column("register", Text, primary_key=True),
    Column("name", Text, primary_key=True),
)
"""What was on file before filings vouched for their records (``platform/vouching.py``), of every
service's registers, under the names of their views. It is closed for ever."""

pool_changes = _table(
    "pool_changes",
    Column("filing_id", Uuid, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("port", Text, ForeignKey("ports.port"), nullable=False),
    Column("officer_id", Uuid, ForeignKey("officers.officer_id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    at("changed_at"),
)
"""What filings changed in the pools that officers are drawn from: who came in, left, has other
skills (``detail`` has them), a conflict (with whom, and its days) or is away (likewise). It stands
beside the draws of the port; who filed it and who confirmed is the log's to say."""
Index("ix_pool_changes_port", *(pool_changes.c[name] for name in ("port", "changed_at")))

passkeys = _table(
    "passkeys",
    Column("passkey_id", Uuid, primary_key=True),
    Column("resident_id", Uuid, ForeignKey("residents.resident_id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    at("opened_at"),
    at("opens_until"),
    Column("credential_id", LargeBinary, unique=True),
    Column("public_key", LargeBinary),
    Column("sign_count", BigInteger, nullable=False, server_default="0"),
    at("bound_at", nullable=True),
    at("used_at", nullable=True),
    at("ended_at", nullable=True),
    at("counts_from", nullable=True),
)
"""Residents' passkeys (一指通), each with its public key (COSE); the private one never leaves the
phone. Opened at the desk, it may be bound until ``opens_until`` (exclusive); it answers from
``counts_from`` on, None of one that was bound before anybody waited."""

sellers = _table(
    "sellers",
    Column("seller_code", Text, primary_key=True),
    Column("code_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("country", CHAR(2), nullable=False),
    Column("bank_bic", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("names_before", ARRAY(Text)),
    Column("held_before", JSONB),
    UniqueConstraint("name_key", "bank_bic"),
    Index("ix_sellers_held_before", "held_before", **_BY_PARTS),
    Index("ix_sellers_account_key", text("left(bank_bic, 8)"), text(account_key_of("account"))),
)
"""Sellers across the border with the account they are paid to."""
