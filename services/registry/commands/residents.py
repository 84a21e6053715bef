"""Filing of residents, groups, memberships and mandates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import identity_number, number_key
from services.kernel.identifiers import new_uuid, uuid_of
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import (
    ID_INVALID,
    NOT_A_MEMBER,
    NOT_YOURS,
    PERIOD_INVALID,
    PERIOD_OVERLAP,
    RESIDENT_NOT_FILED,
)
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    failing,
    invalid_periods,
    plain,
    rows_file,
    unknown_ports,
)
from services.platform.vault import Vault
from services.registry.commands.on_file import groups_filed
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import SEALED_RESIDENT, Group, Mandate, Membership, Resident
from services.registry.domain.rules.identity import resident_no_is_valid

_PERSONAL: Final = ("resident_no", "name", "sex", "township", "phone")

_RESIDENTS = text("""
    WITH filed AS (
        SELECT resident_id, decode(resident_no_hash, 'hex') AS resident_no_hash,
            decode(sealed, 'hex') AS sealed, filing_no, filing_key, filed_on, valid_until
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
            resident_id uuid, resident_no_hash text, sealed text, filing_no text, filing_key text,
            filed_on date, valid_until date)
    ), person AS (
        INSERT INTO residents (resident_id, resident_no_hash, sealed)
        SELECT resident_id, resident_no_hash, sealed FROM filed ORDER BY resident_no_hash
        ON CONFLICT (resident_no_hash) DO UPDATE SET sealed = excluded.sealed
        RETURNING resident_id, resident_no_hash
    )
    INSERT INTO resident_filings (resident_id, filed_on, valid_until, filing_no, filing_key)
    SELECT p.resident_id, f.filed_on, f.valid_until, f.filing_no, f.filing_key
    FROM filed AS f JOIN person AS p USING (resident_no_hash)
    ON CONFLICT (resident_id, filed_on) DO UPDATE SET valid_until = excluded.valid_until,
        filing_no = excluded.filing_no, filing_key = excluded.filing_key
""")
_TAKEN = text("""
    SELECT DISTINCT r.place FROM unnest(CAST(:filing_nos AS text[]), CAST(:hashes AS bytea[]))
        WITH ORDINALITY AS r (filing_key, resident_no_hash, place)
    JOIN resident_filings AS f USING (filing_key) JOIN residents AS o USING (resident_id)
    WHERE o.resident_no_hash <> r.resident_no_hash
    ORDER BY r.place
""")
_GROUPS = text("""
    INSERT INTO groups AS g (group_code, code_key, name, kind, port, leader_id)
    SELECT group_code, code_key, name, kind, port, leader_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        group_code text, code_key text, name text, kind text, port text, leader_id uuid)
    ORDER BY code_key
    ON CONFLICT (code_key) DO UPDATE SET name = excluded.name, kind = excluded.kind,
        port = excluded.port, leader_id = CASE
            WHEN g.code_key = ANY(CAST(:leaderless AS text[])) THEN NULL
            ELSE coalesce(excluded.leader_id, g.leader_id)
        END
""")
_MEMBERSHIPS = text("""
    INSERT INTO memberships (group_code, resident_id, joined_on, left_on)
    SELECT group_code, resident_id, joined_on, left_on
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        group_code text, resident_id uuid, joined_on date, left_on date)
    ORDER BY group_code, resident_id, joined_on
    ON CONFLICT (group_code, resident_id, joined_on) DO UPDATE SET left_on = excluded.left_on
""")
_MANDATES = text("""
    INSERT INTO mandates (group_code, resident_id, given_on, ended_on)
    SELECT group_code, resident_id, given_on, ended_on
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        group_code text, resident_id uuid, given_on date, ended_on date)
    ORDER BY group_code, resident_id, given_on
    ON CONFLICT (group_code, resident_id, given_on) DO UPDATE SET ended_on = excluded.ended_on
""")
_MEMBERSHIP_OVERLAPS = text("""
    SELECT r.place
    FROM unnest(CAST(:groups AS text[]), CAST(:residents AS uuid[]), CAST(:begins AS date[]),
        CAST(:ends AS date[])) WITH ORDINALITY AS r (group_code, resident_id, begins, ends, place)
    JOIN memberships AS o USING (group_code, resident_id)
    WHERE o.joined_on <> r.begins
        AND daterange(o.joined_on, o.left_on) && daterange(r.begins, r.ends)
    ORDER BY r.place
""")
_MANDATE_OVERLAPS = text("""
    SELECT r.place
    FROM unnest(CAST(:groups AS text[]), CAST(:residents AS uuid[]), CAST(:begins AS date[]),
        CAST(:ends AS date[])) WITH ORDINALITY AS r (group_code, resident_id, begins, ends, place)
    JOIN mandates AS o USING (group_code, resident_id)
    WHERE o.given_on <> r.begins
        AND daterange(o.given_on, o.ended_on) && daterange(r.begins, r.ends)
    ORDER BY r.place
""")
_NOT_MEMBERS = text("""
    SELECT r.place
    FROM unnest(CAST(:groups AS text[]), CAST(:residents AS uuid[]), CAST(:begins AS date[]),
        CAST(:ends AS date[])) WITH ORDINALITY AS r (group_code, resident_id, begins, ends, place)
    WHERE NOT EXISTS (
        SELECT 1 FROM memberships AS m
        WHERE m.group_code = r.group_code AND m.resident_id = r.resident_id
            AND m.joined_on <= r.begins AND (m.left_on IS NULL OR m.left_on > r.begins))
    ORDER BY r.place
""")
_BY_HASH = text(
    "SELECT resident_id, resident_no_hash FROM residents WHERE resident_no_hash = ANY(:hashes)"
)


async def residents_file(act: Act, residents: Sequence[Resident], vault: Vault) -> dict[str, Any]:
    """File residents (边民备案); of a number filed before this is a renewal from its first day on.

    Refuses ID_INVALID, DUPLICATE_ROW, PERIOD_INVALID, FILING_NO_TAKEN, each at its row.
    """
    numbers = [identity_number(r.resident_no) for r in residents]
    found = [
        *_invalid_numbers(numbers),
        *duplicates(numbers),
        *duplicates([number_key(r.filing_no) for r in residents]),
        *(
            PERIOD_INVALID.at(f"/rows/{index}/valid_until")
            for index, r in enumerate(residents)
            if r.valid_until < r.filed_on
        ),
    ]
    hashes = [vault.keyed_hash(number) for number in numbers]
    values = {"filing_nos": [number_key(r.filing_no) for r in residents], "hashes": hashes}
    taken = (await act.execute(_TAKEN, **values)).scalars()
    found += [refusals.FILING_NO_TAKEN.at(f"/rows/{place - 1}/filing_no") for place in taken]
    refuse_if_any(found)
    rows = [
        _sealed(resident, hashed, vault) for resident, hashed in zip(residents, hashes, strict=True)
    ]
    return await rows_file(act, _RESIDENTS, rows, kind="residents", says=RecordsFiled)


def _sealed(resident: Resident, hashed: bytes, vault: Vault) -> dict[str, Any]:
    personal = {name: getattr(resident, name) for name in _PERSONAL}
    personal["resident_no"] = identity_number(resident.resident_no)
    blob = json.dumps(personal, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        "resident_id": str(new_uuid()),
        "resident_no_hash": hashed.hex(),
        "sealed": vault.seal(blob, context=SEALED_RESIDENT).hex(),
        "filing_no": resident.filing_no,
        "filing_key": number_key(resident.filing_no),
        "filed_on": resident.filed_on.isoformat(),
        "valid_until": resident.valid_until.isoformat(),
    }


def _invalid_numbers(numbers: Sequence[str], field: str = "resident_no") -> list[Refusal]:
    return failing(
        numbers,
        resident_no_is_valid,
        ID_INVALID,
        field=field,
    )


async def groups_file(act: Act, groups: Sequence[Group], vault: Vault) -> dict[str, Any]:
    """File mutual-aid groups and co-operatives; a code filed before is replaced, in any spelling.

    A leader of whom nothing is said stays; ``null`` says that there is none any more.

    Refuses DUPLICATE_ROW, NOT_FILED_YET (port), ID_INVALID, RESIDENT_NOT_FILED (leader).
    """
    leaders = {i: g.leader_resident_no for i, g in enumerate(groups) if g.leader_resident_no}
    ids, missing = await _resident_ids(act, leaders, vault, field="leader_resident_no")
    found = duplicates([number_key(g.group_code) for g in groups])
    found += await unknown_ports(act, [g.port for g in groups])
    refuse_if_any([*found, *missing])
    rows = plain(groups)
    for index, row in enumerate(rows):
        del row["leader_resident_no"]
        row["leader_id"] = str(ids[index]) if index in ids else None
        row["code_key"] = number_key(row["group_code"])
    leaderless = [
        number_key(g.group_code)
        for g in groups
        if g.leader_resident_no is None and "leader_resident_no" in g.model_fields_set
    ]
    return await rows_file(
        act, _GROUPS, rows, kind="groups", says=RecordsFiled, leaderless=leaderless
    )


async def _resident_ids(
    act: Act, numbers: Mapping[int, str], vault: Vault, *, field: str = "resident_no"
) -> tuple[dict[int, UUID], list[Refusal]]:
    """The resident behind each row's number, and a refusal for each row that names none.

    An invalid number yields only ID_INVALID, an unknown one only RESIDENT_NOT_FILED.
    """
    written = {index: identity_number(number) for index, number in numbers.items()}
    hashes = {
        index: vault.keyed_hash(number)
        for index, number in written.items()
        if resident_no_is_valid(number)
    }
    rows = await act.execute(_BY_HASH, hashes=list(set(hashes.values())))
    filed = {bytes(row.resident_no_hash): row.resident_id for row in rows}
    ids, missing = {}, []
    for index in numbers:
        pointer = f"/rows/{index}/{field}"
        if index not in hashes:
            missing.append(ID_INVALID.at(pointer))
        elif hashes[index] in filed:
            ids[index] = filed[hashes[index]]
        else:
            missing.append(RESIDENT_NOT_FILED.at(pointer))
    return ids, missing


async def memberships_file(
    act: Act, memberships: Sequence[Membership], vault: Vault
) -> dict[str, Any]:
    """File memberships; the same group, resident and first day again sets the last day.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (group), ID_INVALID,
    RESIDENT_NOT_FILED, PERIOD_OVERLAP.
    """
    numbers = {index: m.resident_no for index, m in enumerate(memberships)}
    ids, missing = await _resident_ids(act, numbers, vault)
    found = duplicates(
        [(number_key(m.group_code), identity_number(m.resident_no)) for m in memberships]
    )
    found += invalid_periods([(m.joined_on, m.left_on) for m in memberships], "left_on")
    groups, strange = await groups_filed(act, [m.group_code for m in memberships])
    refuse_if_any([*found, *strange, *missing])
    values = {
        "groups": groups,
        "residents": [ids[index] for index in range(len(memberships))],
        "begins": [m.joined_on for m in memberships],
        "ends": [m.left_on for m in memberships],
    }
    overlapping = (await act.execute(_MEMBERSHIP_OVERLAPS, **values)).scalars()
    refuse_if_any(PERIOD_OVERLAP.at(f"/rows/{place - 1}") for place in overlapping)
    rows = [
        {
            "group_code": groups[index],
            "resident_id": str(ids[index]),
            "joined_on": m.joined_on.isoformat(),
            "left_on": m.left_on.isoformat() if m.left_on else None,
        }
        for index, m in enumerate(memberships)
    ]
    return await rows_file(act, _MEMBERSHIPS, rows, kind="memberships", says=RecordsFiled)


async def mandates_file(act: Act, mandates: Sequence[Mandate], vault: Vault) -> dict[str, Any]:
    """Let residents mandate their group's clerk (委托申报), or end a mandate by its last day.

    A resident files only their own mandate. Refuses FORBIDDEN, DUPLICATE_ROW, PERIOD_INVALID,
    ID_INVALID, RESIDENT_NOT_FILED, NOT_A_MEMBER, PERIOD_OVERLAP.
    """
    if act.actor.party_kind == "resident":
        refuse_if_any(
            NOT_YOURS.at(f"/rows/{index}")
            for index, mandate in enumerate(mandates)
            if mandate.resident_id != act.actor.party_code
        )
    numbers = {i: m.resident_no for i, m in enumerate(mandates) if m.resident_no is not None}
    ids, missing = await _resident_ids(act, numbers, vault)
    ids |= {i: uuid_of(m.resident_id, "res") for i, m in enumerate(mandates) if m.resident_id}
    found = invalid_periods([(m.given_on, m.ended_on) for m in mandates], "ended_on")
    refuse_if_any([*found, *missing])
    residents = [ids[index] for index in range(len(mandates))]
    groups, _ = await groups_filed(act, [m.group_code for m in mandates])
    keys = list(zip(groups, residents, strict=True))
    values = {
        "groups": groups,
        "residents": residents,
        "begins": [m.given_on for m in mandates],
        "ends": [m.ended_on for m in mandates],
    }
    strangers = (await act.execute(_NOT_MEMBERS, **values)).scalars()
    overlapping = (await act.execute(_MANDATE_OVERLAPS, **values)).scalars()
    refuse_if_any(
        [
            *duplicates(keys),
            *(
                NOT_A_MEMBER.at(f"/rows/{place - 1}", day=mandates[place - 1].given_on)
                for place in strangers
            ),
            *(PERIOD_OVERLAP.at(f"/rows/{place - 1}") for place in overlapping),
        ]
    )
    rows = [
        {
            "group_code": group_code,
            "resident_id": str(resident_id),
            "given_on": m.given_on.isoformat(),
            "ended_on": m.ended_on.isoformat() if m.ended_on else None,
        }
        for m, (group_code, resident_id) in zip(mandates, keys, strict=True)
    ]
    return await rows_file(act, _MANDATES, rows, kind="mandates", says=RecordsFiled)
