"""Everything that a submission is judged by, read in one go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from services.declaration.domain.model import (
    Entries,
    EntryDeclaration,
    Facts,
    ManifestFacts,
    ResidentFacts,
    SellerFacts,
    Submission,
    TruckOnFile,
)
from services.declaration.domain.rules.entry import AGE_MAX
from services.declaration.queries.lots import own_resident
from services.declaration.queries.other_plates import (
    BY_ITS_FOREIGN,
    CLAIMED,
    DECLARATIONS_MAX,
    ENTRIES_MAX,
    SEEN,
    claims_of,
    lodged_by_own,
    seen_by_its_foreign,
)
from services.declaration.tables import MANIFEST_WEIGHT
from services.kernel import canonical
from services.kernel.alike import LETTERS_MIN, alike
from services.kernel.clock import day_begins
from services.kernel.commodity import LINE_DIGITS, LINE_DIGITS_MAX
from services.kernel.identifiers import show
from services.kernel.refusal import Refused
from services.kernel.refusals import POLICY_MISSING
from services.platform.act import Act
from services.platform.database import Row

INSIDE_MAX: Final = f"""(
    SELECT CAST(value #>> '{{}}' AS integer) FROM v_policy_rows
    WHERE key = '{AGE_MAX}' AND scope IN (:port, '')
        AND effective_from <= :day AND (effective_to IS NULL OR :day < effective_to)
    ORDER BY scope DESC, effective_from DESC LIMIT 1
)"""
"""SQL: for how many days a truck that no gate saw is taken to be inside: those within which goods
are declared at the port. By the law of the lot's day, read in the statement that it bounds."""

# One round trip and one plan for every lot: the hashes pass through a subquery, so that the plan
# cannot depend on how many there are, and the quota is looked up resident by resident, so that it
# stays good on a table that has grown since it was analysed. What concerns the lot is worked out
# once and repeated with each resident; a lot whose residents nobody knows has one row without any.
FACTS: Final = text(
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
                WHERE plate_key = :plate_key AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            ) AS vehicle_entries,
            ARRAY(
                SELECT entered_at FROM v_gate_entries
                WHERE plate_key = CAST(:foreign_plate_key AS text) AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            ) AS foreign_entries,
            {BY_ITS_FOREIGN} AS entries_by_its_foreign,
            {SEEN} AS seen_by_own,
            ARRAY(
                SELECT entered_at FROM v_gate_entries
                WHERE resident_id = CAST(:declarant AS uuid) AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            ) AS resident_entries,
            manifest.left_kg AS manifest_left_kg, manifest.lodged_at AS manifest_lodged_at,
            manifest.carrier AS manifest_carrier,
            ARRAY(
                SELECT lodged_at FROM manifests
                WHERE port = :port AND plate_key = :plate_key
                    AND lodged_at >= :eve_begins AND lodged_at < :day_ends
            ) AS manifests_lodged,
            ARRAY(
                SELECT lodged_at FROM manifests
                WHERE port = :port AND plate_key = CAST(:foreign_plate_key AS text)
                    AND lodged_at >= :eve_begins AND lodged_at < :day_ends
            ) AS foreign_manifests_lodged,
            (
                SELECT CAST(jsonb_agg(to_jsonb(m)) AS text)
                FROM (
                    SELECT DISTINCT plate_key, lodged_at FROM manifests
                    WHERE port = :port AND plate_key = ANY(claimed.plates)
                        AND lodged_at >= :eve_begins AND lodged_at < :day_ends
                ) AS m
            ) AS manifests_by_own,
            claimed.declarations AS by_foreign,
            (
                SELECT CAST(jsonb_agg(to_jsonb(t)) AS text) FROM truck_loads AS t
                WHERE t.plate_key = ANY(
                        ARRAY[:plate_key, CAST(:foreign_plate_key AS text)] || claimed.plates
                    )
                    AND t.port = :port
                    AND t.entered_at
                        >= CAST(:day_begins AS timestamptz) - make_interval(days => lot.inside_max)
                    AND t.entered_at
                        < CAST(:day_ends AS timestamptz) + make_interval(days => lot.inside_max)
            ) AS loads, lot.inside_max,
            seller.seller_code, seller.bank_bic AS seller_bic, seller.account AS seller_account,
            (
                SELECT CAST(jsonb_agg(to_jsonb(d)) AS text)
                FROM unnest(
                    ARRAY[:plate_key, CAST(:foreign_plate_key AS text)],
                    ARRAY['vehicle_plate', 'foreign_plate']
                ) AS lots (plate_key, field)
                CROSS JOIN LATERAL (
                    (
                        SELECT lots.field, v.declared_at, v.valid_until, v.rated_load_kg,
                            v.foreign_plate, v.carrier
                        FROM v_vehicles AS v
                        WHERE v.plate_key = lots.plate_key AND v.port = :port
                            AND v.declared_at < :day_ends
                        ORDER BY v.declared_at DESC LIMIT {DECLARATIONS_MAX}
                    ) UNION ALL (
                        -- One that is declared only afterwards is on file all the same.
                        SELECT lots.field, v.declared_at, v.valid_until, v.rated_load_kg,
                            v.foreign_plate, v.carrier
                        FROM v_vehicles AS v
                        WHERE v.plate_key = lots.plate_key AND v.port = :port
                            AND v.declared_at >= :day_ends
                        ORDER BY v.declared_at LIMIT 1
                    )
                ) AS d
            ) AS declarations
        FROM (SELECT {INSIDE_MAX} AS inside_max) AS lot
        LEFT JOIN LATERAL (
            SELECT {MANIFEST_WEIGHT.left} AS left_kg, lodged_at, carrier FROM manifests
            WHERE manifest_key = :manifest_key AND port = :port AND plate_key = :plate_key
        ) AS manifest ON true
        LEFT JOIN LATERAL {CLAIMED} AS claimed ON true
        -- Of several of one name, the one at the bank that the lot names, else at its branches.
        LEFT JOIN LATERAL (
            SELECT s.seller_code, s.bank_bic, s.account FROM v_sellers AS s
            WHERE s.name_key = :seller_key OR s.code_key = :seller_key
            ORDER BY s.bank_bic = :seller_bic DESC,
                starts_with(s.bank_bic, left(:seller_bic, 8)) DESC, s.seller_code LIMIT 1
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

# Names that are one edit apart agree in their first half or in their last.
_ALIKE = text("""
    SELECT seller_code, name_key FROM v_sellers
    WHERE length(name_key) BETWEEN greatest(:letters - 1, :letters_min) AND :letters + 1
        AND (
            left(name_key, :half) = left(:seller_key, :half)
            OR right(name_key, :half) = right(:seller_key, :half)
        )
    ORDER BY bank_bic = :seller_bic DESC, seller_code
""")


async def submission_facts(act: Act, lot: Submission) -> tuple[Facts, int]:
    """Everything the rules of submission need, and the policy version it was read under.

    One statement however many tickets; where the seller is unknown, a second one looks for a name
    that is almost the same. Raises Refused POLICY_MISSING.
    """
    rows = (
        await act.execute(
            FACTS,
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
                "eve_begins": day_begins(lot.business_on - timedelta(days=1)),
                "day_begins": day_begins(lot.business_on),
                "day_ends": day_begins(lot.business_on + timedelta(days=1)),
                "seller_key": canonical.name_key(lot.seller),
                "seller_bic": lot.seller_bank_bic,
                "hashes": list({s.resident for s in lot.shares if s.resident is not None}),
            },
        )
    ).all()
    found = rows[0]
    if found.inside_max is None:
        raise Refused(POLICY_MISSING.at(key=AGE_MAX, day=lot.business_on))
    left, lodged_at = found.manifest_left_kg, found.manifest_lodged_at
    loads, unnamed = _loads(found)
    trucks = _trucks(lot, json.loads(found.declarations or "[]", parse_float=Decimal))
    facts = Facts(
        customs_office=found.customs_office,
        group_code=found.group_code,
        group_known=found.group_known,
        declarant=found.declarant,
        declared_as=found.declared_as and show("lot", found.declared_as),
        origins=frozenset(found.origins),
        restrictions=frozenset(found.restrictions),
        lines={} if found.lines is None else json.loads(found.lines),
        manifest=None if left is None else ManifestFacts(left, lodged_at, found.manifest_carrier),
        manifests_lodged=_manifests(found, trucks),
        manifests_by_own=lodged_by_own(found),
        entries=_entries(found, trucks),
        residents={
            r.resident_no_hash: _resident(r, found.group_code)
            for r in rows
            if r.resident_id is not None
        },
        seller=None
        if found.seller_code is None
        else SellerFacts(found.seller_code, found.seller_bic, found.seller_account),
        seller_alike=await _alike(act, lot) if found.seller_code is None else None,
        trucks=trucks,
        by_foreign=_on_file(lot, json.loads(found.by_foreign or "[]", parse_float=Decimal)),
        loads=loads,
        unnamed=unnamed,
    )
    return facts, found.policy_version


async def _alike(act: Act, lot: Submission) -> str | None:
    """The code of a seller whose name is a letter off what the lot names, if there is one."""
    key = canonical.name_key(lot.seller)
    values = {
        "seller_key": key,
        "seller_bic": lot.seller_bank_bic,
        "letters": len(key),
        "letters_min": LETTERS_MIN,
        "half": (len(key) - 1) // 2,
    }
    near = await act.execute(_ALIKE, **values) if len(key) >= LETTERS_MIN - 1 else ()
    return next((s.seller_code for s in near if alike(key, s.name_key)), None)


def _trucks(lot: Submission, declared: Sequence[Mapping[str, Any]]) -> list[TruckOnFile]:
    """The trucks that are on file by the lot's plates, with what they declared.

    Where the lot's truck has the foreign plate by its own carrier's declaration, nothing that
    another carrier files under that plate keeps it out.
    """
    trucks = {truck.field: truck for truck in _on_file(lot, declared)}
    own, foreign = (trucks.get(field) for field in ("vehicle_plate", "foreign_plate"))
    day_ends = day_begins(lot.business_on + timedelta(days=1))
    if own is not None and foreign is not None and own.has_as_foreign(foreign, day_ends):
        del trucks["foreign_plate"]
    return list(trucks.values())


def _on_file(lot: Submission, declared: Sequence[Mapping[str, Any]]) -> list[TruckOnFile]:
    """Trucks with what they declared; by the lot's own plate where a row says no other."""
    plates = {"vehicle_plate": lot.plate_key, "foreign_plate": lot.foreign_plate_key or ""}
    other = {"vehicle_plate": lot.foreign_plate_key, "foreign_plate": lot.plate_key}
    trucks: dict[tuple[str, str], list[EntryDeclaration]] = {}
    for d in declared:
        at, until = (datetime.fromisoformat(d[n]) for n in ("declared_at", "valid_until"))
        foreign = canonical.plate_key(d["foreign_plate"])
        declaration = EntryDeclaration(
            at,
            until,
            Decimal(d["rated_load_kg"]),
            of_both=foreign == other[d["field"]],
            carrier=d["carrier"],
            foreign_key=foreign,
        )
        key = (d["field"], d.get("plate_key") or plates[d["field"]])
        trucks.setdefault(key, []).append(declaration)
    return [TruckOnFile(field, plate, kept) for (field, plate), kept in trucks.items()]


def _loads(found: Row) -> Sequence[Mapping[tuple[str, datetime], Decimal]]:
    """What is kept of the trucks' entries: of lots under their carriers' manifests, and without."""
    kept = [
        ((load["plate_key"], datetime.fromisoformat(load["entered_at"])), load)
        for load in json.loads(found.loads or "[]", parse_float=Decimal)
    ]
    figures = ("loaded_kg", "unnamed_kg")
    return [{account: Decimal(load[kg]) for account, load in kept} for kg in figures]


def _manifests(found: Row, trucks: Sequence[TruckOnFile]) -> Sequence[datetime]:
    """When manifests of the lot's truck were lodged; of the one on file by its foreign plate too.

    Not of another carrier's truck, whose plate this one's carrier had filed as the foreign one.
    """
    by_foreign = any(truck.field == "foreign_plate" for truck in trucks)
    return [*found.manifests_lodged, *(found.foreign_manifests_lodged if by_foreign else ())]


def _entries(found: Row, trucks: Sequence[TruckOnFile]) -> Entries:
    """What the gate saw; by the foreign plate the lot's truck where it was on file so by then.

    So it is where the lot leaves that plate out; where the plate is another's own truck, that binds
    and gives no day. By own plates that the lot leaves out it is what each carrier claims.
    """
    ours, anothers = seen_by_its_foreign(found)
    seen = {at: [t.latest(at) for t in trucks] for at in found.foreign_entries}
    own = {at for at, latest in seen.items() if any(d is not None and d.of_both for d in latest)}
    own -= set(anothers)
    truck = list(dict.fromkeys([*found.vehicle_entries, *sorted(own), *ours]))
    return Entries(
        truck=truck,
        foreign=[at for at in (*seen, *anothers) if at not in truck],
        resident=found.resident_entries,
        under={"vehicle_plate": found.vehicle_entries, "foreign_plate": found.foreign_entries},
        claims=claims_of(found, trucks),
    )


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
