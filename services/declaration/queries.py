"""Reads of the declaration service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query
from sqlalchemy import text

from services.declaration.domain.model import (
    Entries,
    Facts,
    ManifestFacts,
    ResidentFacts,
    SellerFacts,
    Submission,
    TruckFacts,
)
from services.declaration.tables import MANIFEST_WEIGHT
from services.kernel import canonical
from services.kernel.clock import business_day
from services.kernel.commodity import LINE_DIGITS, LINE_DIGITS_MAX
from services.kernel.fields import Day
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Actor
from services.platform.act import Act
from services.platform.database import Row, Statements

ENTRIES_MAX: Final = 50
"""Of one truck or person as far back as a lot may have come in with it: several a day."""

# One round trip and one plan for every lot: the hashes pass through a subquery, so that the plan
# cannot depend on how many there are, and the quota is looked up resident by resident, so that it
# stays good on a table that has grown since it was analysed. What concerns the lot is worked out
# once and repeated with each resident; a lot whose residents nobody knows has one row without any.
_FACTS = text(
    f"""
    SELECT f.*, r.*
    FROM (
        SELECT
            (SELECT version FROM v_policy_version) AS policy_version,
            (SELECT customs_office FROM v_ports WHERE port = :port AND active) AS customs_office,
            (
                SELECT group_code FROM v_groups WHERE code_key = :group_key
            ) AS group_code,
            EXISTS (
                SELECT FROM v_groups WHERE code_key = :group_key AND port = :port
            ) AS group_known,
            (
                SELECT resident_no_hash FROM v_residents
                WHERE resident_id = CAST(:declarant AS uuid)
            ) AS declarant,
            (
                SELECT lot_id FROM lots WHERE submitted_by = :submitted_by
                    AND reference_key = :reference_key AND state <> 'CANCELLED'
            ) AS declared_as,
            ARRAY(
                SELECT country FROM v_port_origins
                WHERE port = :port AND effective_from <= :day
                    AND (effective_to IS NULL OR :day < effective_to)
            ) AS origins,
            ARRAY(
                SELECT kind FROM v_goods_restrictions
                WHERE (
                        starts_with(:hs_code, hs_prefix)
                        OR (length(:hs_code) >= {LINE_DIGITS} AND starts_with(hs_prefix, :hs_code))
                    )
                    AND effective_from <= :day AND (effective_to IS NULL OR :day < effective_to)
            ) AS restrictions,
            (
                SELECT CAST(jsonb_object_agg(hs_code, perishable) AS text) FROM v_commodities
                WHERE hs_code BETWEEN left(:hs_code, {LINE_DIGITS})
                        AND left(:hs_code, {LINE_DIGITS}) || '99'
                    AND length(hs_code) <= {LINE_DIGITS_MAX}
                    AND (effective_from IS NULL OR effective_from <= :day)
                    AND (effective_to IS NULL OR :day < effective_to)
            ) AS lines,
            ARRAY(
                SELECT entered_at FROM v_gate_entries
                WHERE plate_key = ANY(ARRAY[:plate_key, CAST(:foreign_plate_key AS text)])
                    AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            ) AS truck_entries,
            ARRAY(
                SELECT entered_at FROM v_gate_entries
                WHERE resident_id = CAST(:declarant AS uuid) AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            ) AS resident_entries,
            (
                SELECT {MANIFEST_WEIGHT.left} FROM manifests
                WHERE manifest_key = :manifest_key AND port = :port AND plate_key = :plate_key
            ) AS manifest_left_kg,
            seller.seller_code, seller.bank_bic AS seller_bic, seller.account AS seller_account,
            truck.rated_load_kg, truck.in_force AS truck_in_force
        FROM (SELECT 1) AS lot
        -- The latest before the truck entered; what is declared later declares nothing of it.
        LEFT JOIN LATERAL (
            SELECT v.rated_load_kg, :entered_at < v.valid_until AS in_force FROM v_vehicles AS v
            WHERE v.plate_key = :plate_key AND v.port = :port AND v.declared_at <= :entered_at
            ORDER BY v.declared_at DESC LIMIT 1
        ) AS truck ON true
        -- Of several of one name, the one at the bank that the lot names.
        LEFT JOIN LATERAL (
            SELECT s.seller_code, s.bank_bic, s.account FROM v_sellers AS s
            WHERE s.name_key = :seller_key OR s.code_key = :seller_key
            ORDER BY starts_with(s.bank_bic, left(:seller_bic, 8)) DESC, s.seller_code LIMIT 1
        ) AS seller ON true
    ) AS f
    LEFT JOIN (
        SELECT known.resident_no_hash, known.resident_id, filing.filed_on, filing.valid_until,
            ARRAY(
                SELECT m.group_code FROM v_memberships AS m
                WHERE m.resident_id = known.resident_id
                    AND m.joined_on <= :day AND (m.left_on IS NULL OR :day < m.left_on)
            ) AS groups,
            coalesce(q.used_minor, 0) AS used_minor, coalesce(p.tickets, 0) AS tickets_used,
            EXISTS (
                SELECT FROM name_freezes AS z
                WHERE z.resident_id = known.resident_id AND z.thawed_at IS NULL
            ) AS frozen
        FROM v_residents AS known
        JOIN LATERAL (
            SELECT f.filed_on, f.valid_until FROM v_resident_filings AS f
            WHERE f.resident_id = known.resident_id AND f.filed_on <= :day
            ORDER BY f.filed_on DESC LIMIT 1
        ) AS filing ON true
        LEFT JOIN LATERAL (
            SELECT reserved_minor + consumed_minor AS used_minor FROM quota_days
            WHERE resident_id = known.resident_id AND business_on = :day LIMIT 1
        ) AS q ON true
        LEFT JOIN LATERAL (
            SELECT tickets FROM port_tickets
            WHERE resident_id = known.resident_id AND business_on = :day AND port = :port LIMIT 1
        ) AS p ON true
        WHERE known.resident_no_hash = ANY(ARRAY(SELECT unnest(CAST(:hashes AS bytea[]))))
    ) AS r ON true
    """
)


def own_resident(actor: Actor) -> UUID | None:
    """The resident who acts for the own person; None for everybody else."""
    return uuid_of(actor.party_code, "res") if actor.party_kind == "resident" else None


async def submission_facts(act: Act, lot: Submission) -> tuple[Facts, int]:
    """Everything the rules of submission need, and the policy version it was read under.

    One statement however many tickets.
    """
    rows = (
        await act.execute(
            _FACTS,
            {
                "port": lot.port,
                "group_key": lot.group_code and canonical.number_key(lot.group_code),
                "submitted_by": act.actor.party,
                "declarant": own_resident(act.actor),
                "reference_key": canonical.reference_key(lot.reference),
                "day": lot.business_on,
                "hs_code": lot.hs_code,
                "manifest_key": lot.manifest_key,
                "plate_key": lot.plate_key,
                "foreign_plate_key": lot.foreign_plate_key,
                "entered_at": lot.entered_at,
                "seller_key": canonical.name_key(lot.seller),
                "seller_bic": lot.seller_bank_bic,
                "hashes": list({s.resident for s in lot.shares if s.resident is not None}),
            },
        )
    ).all()
    found = rows[0]
    left = found.manifest_left_kg
    facts = Facts(
        customs_office=found.customs_office,
        group_code=found.group_code,
        group_known=found.group_known,
        declarant=found.declarant,
        declared_as=found.declared_as and show("lot", found.declared_as),
        origins=frozenset(found.origins),
        restrictions=frozenset(found.restrictions),
        lines={} if found.lines is None else json.loads(found.lines),
        manifest=None if left is None else ManifestFacts(left),
        entries=Entries(found.truck_entries, found.resident_entries),
        residents={
            r.resident_no_hash: _resident(r, found.group_code)
            for r in rows
            if r.resident_id is not None
        },
        seller=None
        if found.seller_code is None
        else SellerFacts(found.seller_code, found.seller_bic, found.seller_account),
        truck=None
        if found.truck_in_force is None
        else TruckFacts(found.rated_load_kg if found.truck_in_force else None),
    )
    return facts, found.policy_version


def _resident(row: Row, group_code: str | None) -> ResidentFacts:
    return ResidentFacts(
        resident_id=row.resident_id,
        filed_on=row.filed_on,
        valid_until=row.valid_until,
        is_member=group_code in row.groups,
        frozen=row.frozen,
        used_minor=row.used_minor,
        tickets_used=row.tickets_used,
    )


# As the header's readers say, but by the lot's own columns: a list follows their index.
_VISIBLE: Final = """
    AND (
        :kind = 'auditor'
        OR (:kind = 'group' AND group_code = :code)
        OR (:kind = 'officer' AND l.port = :actor_port)
        OR (:kind = 'gate' AND l.port = :actor_port)
        OR submitted_by = :party
        OR (:kind = 'resident' AND EXISTS (
            SELECT FROM tickets AS t WHERE t.lot_id = l.lot_id AND t.resident_id = :resident_id
        ))
    )
"""
_COLUMNS: Final = """
    l.*, c.version, c.holder,
    CASE
        WHEN l.state IN ('IDENTITY_OK', 'IN_INSPECTION') AND EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = l.lot_id AND o.lot_move IS NOT NULL AND (
                o.lot_move NOT IN ('release', 'cancel') OR NOT EXISTS (
                    SELECT FROM v_inspection_orders AS other
                    WHERE other.lot_id = l.lot_id AND other.lot_move IS NULL
                )
            )
        ) THEN 'VERDICT'
        WHEN l.state = 'GATE_OUT' AND EXISTS (
            SELECT FROM v_purchases AS p WHERE p.lot_id = l.lot_id
        ) THEN 'SALE'
        WHEN (l.state = 'SOLD' OR (l.state = 'GATE_OUT' AND l.purpose = 'OWN_USE')) AND (
            SELECT sum(s.settled_minor) FROM v_settlements AS s WHERE s.lot_id = l.lot_id
        ) >= l.value_minor THEN 'PAYMENT'
    END AS carrying_out,
    CASE WHEN l.state = 'SUBMITTED' THEN (
        SELECT count(*) FROM tickets AS t WHERE t.lot_id = l.lot_id AND t.confirmed_at IS NULL
    ) ELSE 0 END AS unconfirmed
"""
_FROM: Final = "v_lots AS l INNER JOIN cases AS c ON c.case_id = l.lot_id"
_LOT = text(f"SELECT {_COLUMNS} FROM {_FROM} WHERE l.lot_id = :lot_id {_VISIBLE}")
# By reference the headers are asked: an officer is told one over the telephone, without the party.
_LOTS = text(
    f"SELECT {_COLUMNS} FROM {_FROM} WHERE (CAST(:after AS uuid) IS NULL OR l.lot_id > :after)"
    " AND (CAST(:state AS text) IS NULL OR l.state = :state)"
    " AND (CAST(:reference AS text) IS NULL OR l.reference_key = :reference)"
    " AND (CAST(:plate AS text) IS NULL OR plate_key = :plate OR foreign_plate_key = :plate)"
    " AND (CAST(:group AS text) IS NULL OR group_code IN"
    " (SELECT group_code FROM v_groups WHERE code_key = :group))"
    " AND (CAST(:hs_code AS text) IS NULL OR starts_with(hs_code, :hs_code))"
    " AND (CAST(:lane AS text) IS NULL OR lane = :lane)"
    " AND (CAST(:day AS date) IS NULL OR business_on = :day)"
    " AND (CAST(:resident AS uuid) IS NULL OR EXISTS (SELECT FROM tickets AS t"
    " WHERE t.lot_id = l.lot_id AND t.resident_id = :resident))"
    f" {_VISIBLE} ORDER BY l.lot_id LIMIT :rows"
)
_TICKETS = text(
    "SELECT * FROM tickets WHERE lot_id = :lot_id AND line_no > :after"
    " AND (CAST(:only AS uuid) IS NULL OR resident_id = :only) ORDER BY line_no LIMIT :rows"
)
_QUOTA = text("SELECT * FROM quota_days WHERE resident_id = :resident_id AND business_on = :day")
_FROZEN_AT = text(
    "SELECT frozen_at FROM name_freezes WHERE resident_id = :resident_id AND thawed_at IS NULL"
)
_MANIFEST = text(
    """
    SELECT m.* FROM manifests AS m WHERE m.manifest_key = :manifest_key AND (
        m.lodged_by = :party OR m.carrier = :party OR :kind = 'auditor'
        OR (:kind IN ('officer', 'gate') AND m.port = :actor_port)
        OR EXISTS (
            SELECT FROM lots AS l
            WHERE l.plate_key = m.plate_key AND l.manifest_key = m.manifest_key
                AND (l.submitted_by = :party OR (:kind = 'group' AND l.group_code = :code))
        )
    )
    ORDER BY m.lodged_at DESC LIMIT 1
    """
)


@dataclass
class Wanted:
    """By what lots are looked for, as the query of a request says it."""

    reference: Annotated[str | None, Query(max_length=64)] = None
    plate: Annotated[str | None, Query(max_length=80, description="either plate")] = None
    group_code: Annotated[str | None, Query(max_length=160)] = None
    resident_id: Annotated[str | None, Query(max_length=40, description="res_…")] = None
    hs_code: Annotated[str | None, Query(max_length=52, description="the first digits")] = None
    lane: Annotated[Literal["GREEN", "YELLOW", "RED"] | None, Query()] = None
    day: Annotated[Day | None, Query(description="Beijing day of entry")] = None

    def values(self) -> dict[str, Any]:
        """Bind values, each in the form in which it is compared."""
        return {
            "reference": self.reference and canonical.reference_key(self.reference),
            "plate": self.plate and canonical.plate_key(self.plate),
            "group": self.group_code and canonical.number_key(self.group_code),
            "resident": None if self.resident_id is None else uuid_of(self.resident_id, "res"),
            "hs_code": self.hs_code and canonical.commodity_code(self.hs_code),
            "lane": self.lane,
            "day": self.day,
        }


def visible_to(actor: Actor, resident_id: UUID | None) -> dict[str, Any]:
    """Bind values of the clause that limits lots to those the actor may see."""
    return {
        "kind": actor.party_kind,
        "code": actor.party_code,
        "party": actor.party,
        "actor_port": actor.port,
        "resident_id": resident_id,
    }


async def lot_get(
    tx: Statements, lot_id: UUID, actor: Actor, resident_id: UUID | None
) -> Row | None:
    """One lot, None when there is none that the actor may see."""
    found = await tx.execute(_LOT, {"lot_id": lot_id, **visible_to(actor, resident_id)})
    return found.one_or_none()


async def lot_list(
    tx: Statements,
    actor: Actor,
    resident_id: UUID | None,
    *,
    state: str | None,
    wanted: Wanted,
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Lots the actor may see, oldest first."""
    found = await tx.execute(
        _LOTS,
        {
            "state": state,
            **wanted.values(),
            "after": after,
            "rows": rows,
            **visible_to(actor, resident_id),
        },
    )
    return found.all()


async def ticket_list(
    tx: Statements, lot_id: UUID, *, only: UUID | None, after: int, rows: int
) -> Sequence[Row]:
    """A lot's tickets by line; ``only`` limits them to one resident's own."""
    found = await tx.execute(
        _TICKETS, {"lot_id": lot_id, "after": after, "only": only, "rows": rows}
    )
    return found.all()


async def quota_day(tx: Statements, resident_id: UUID, day: date) -> Row | None:
    """A resident's quota row of a day; None when nothing was declared."""
    found = await tx.execute(_QUOTA, {"resident_id": resident_id, "day": day})
    return found.one_or_none()


async def name_frozen_at(tx: Statements, resident_id: UUID) -> datetime | None:
    """Since when a resident lets nobody declare in the own name; None of a free one."""
    found = await tx.execute(_FROZEN_AT, {"resident_id": resident_id})
    return found.scalar_one_or_none()  # type: ignore[no-any-return]


async def manifest_get(tx: Statements, manifest_no: str, actor: Actor) -> Row | None:
    """A manifest that concerns the actor, by its number in any spelling; of several the latest."""
    values = {"manifest_key": canonical.number_key(manifest_no), **visible_to(actor, None)}
    return (await tx.execute(_MANIFEST, values)).one_or_none()


_IS_MEMBER = text(
    "SELECT EXISTS (SELECT FROM v_memberships WHERE resident_id = :resident_id"
    " AND group_code = :group_code AND joined_on <= :day AND (left_on IS NULL OR :day < left_on))"
)


async def is_member(tx: Statements, resident_id: UUID, group_code: str) -> bool:
    """Whether a resident is in a group now."""
    day = business_day(datetime.now(UTC))
    values = {"resident_id": resident_id, "group_code": group_code, "day": day}
    return bool((await tx.execute(_IS_MEMBER, values)).scalar_one())
