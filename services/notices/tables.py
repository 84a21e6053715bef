"""The notices' tables: what was told, to whom it leaves, and how far the log was judged."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)

from services.platform.columns import at, owned_by, words

_table = owned_by("notices")

notice_places = _table(
    "notice_places",
    words("log", primary_key=True),
    Column("after_xid", BigInteger, nullable=False),
    Column("after_number", BigInteger, nullable=False),
)
"""How far the log was judged: one row, moved by whoever judges on. The notices and the place are
one transaction, so that each event is judged once."""

notices = _table(
    "notices",
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("notice_id", Uuid, nullable=False, unique=True),
    words("party"),
    words("kind"),
    Column("case_id", Uuid, nullable=False),
    words("case_kind"),
    Column("event_seq", Integer, nullable=False),
    Column("as_reader", Boolean, nullable=False),
    words("facts"),
    at("happened_at"),
    UniqueConstraint("case_id", "event_seq", "party", "kind"),
    Index(None, "party", "number"),
)
"""What a party was told of an event, without words: its kind, and values of its sentence (JSON).
``party`` is a party's name, or ``members`` for all residents with a share in the lot of the case.
``as_reader``: told as a reader of the case, and shown while the party is one."""

notice_people = _table(
    "notice_people",
    words("party", primary_key=True),
    words("subject", primary_key=True),
    Column("read_up_to", BigInteger, nullable=False, server_default=text("0")),
    words("language", nullable=True),
    Column("quiet_begins", Integer),
    Column("quiet_ends", Integer),
)
"""A person of a party: up to where everything was read, and the language and the quiet hours
(minutes of the Beijing day) of what leaves."""

notice_reads = _table(
    "notice_reads",
    words("party", primary_key=True),
    words("subject", primary_key=True),
    Column("number", BigInteger, ForeignKey("notices.number"), primary_key=True),
)
"""What a person has read beyond that place."""

notice_codes = _table(
    "notice_codes",
    Column("code_id", Uuid, primary_key=True),
    words("party"),
    words("subject"),
    words("channel"),
    Column("contact_sealed", LargeBinary, nullable=False),
    Column("contact_hash", LargeBinary, nullable=False),
    words("masked"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    words("state"),
    at("asked_at"),
    at("ends_at"),
    Index(None, "party", "subject", "channel", "asked_at"),
    Index(None, "contact_hash", "asked_at"),
    Index("ix_notice_codes_open", "ends_at", postgresql_where=text("state = 'OPEN'")),
    Index("ix_notice_codes_counted", "asked_at", postgresql_where=text("contact_hash <> ''")),
)
"""Codes that confirm a contact: OPEN, USED or OVER. The code itself is nowhere: it is computed
from ``code_id`` by a key. ``contact_hash`` (keyed) counts what one contact was sent in a day, and
is emptied after it."""

notice_contacts = _table(
    "notice_contacts",
    words("party", primary_key=True),
    words("subject", primary_key=True),
    words("channel", primary_key=True),
    Column("contact_sealed", LargeBinary, nullable=False),
    words("masked"),
    at("consented_at"),
    at("confirmed_at"),
    at("withdrawn_at", nullable=True),
    at("rests_until"),
)
"""A confirmed contact of a person's and the consent to be told by it. Withdrawn, it is emptied."""

notice_deliveries = _table(
    "notice_deliveries",
    Column("delivery_id", Uuid, primary_key=True),
    Column("number", BigInteger, ForeignKey("notices.number")),
    Column("code_id", Uuid, ForeignKey("notice_codes.code_id"), unique=True),
    words("party"),
    words("subject"),
    words("channel"),
    words("state"),
    Column("message_id", Uuid),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    at("queued_at"),
    at("due_at"),
    at("leased_until"),
    at("ended_at", nullable=True),
    words("last_error", nullable=True),
    UniqueConstraint("number", "party", "subject", "channel"),
    Index(
        "ix_notice_deliveries_due",
        "due_at",
        postgresql_where=text("state IN ('QUEUED', 'FAILED')"),
    ),
    Index(
        "ix_notice_deliveries_given_up",
        "ended_at",
        postgresql_where=text("state = 'GIVEN_UP'"),
    ),
    Index(
        "ix_notice_deliveries_person",
        *("party", "subject", "channel"),
        postgresql_where=text("state IN ('QUEUED', 'FAILED')"),
    ),
)
"""What leaves to a person by a channel: a notice once, or a code. Those with one ``message_id``
leave in one message, under that id also when it is tried again."""
