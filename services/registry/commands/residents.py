"""Filing of residents and of the groups that they buy in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import identity_number, number_key
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.identity import born_on, identity_fault
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import (
    ID_BIRTH,
    ID_INVALID,
    PERIOD_INVALID,
    RESIDENT_NOT_FILED,
)
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    plain,
    unknown_ports,
)
from services.platform.periods import Register, periods_file
from services.platform.vault import Vault
from services.registry.commands.on_file import written
from services.registry.commands.proposal import Proposal, Records, records_file
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import SEALED_RESIDENT, Group, Resident

_PERSONAL: Final = ("resident_no", "name", "sex", "township", "phone")

_RESIDENTS = text("""
    INSERT INTO residents (resident_id, resident_no_hash, sealed)
    SELECT resident_id, decode(resident_no_hash, 'hex'), decode(sealed, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        resident_id uuid, resident_no_hash text, sealed text)
    ORDER BY resident_no_hash
    ON CONFLICT (resident_no_hash) DO UPDATE SET sealed = excluded.sealed
    RETURNING resident_id, resident_no_hash
""")
_RESIDENT_FILINGS: Final = Register(
    "resident_filings",
    key={"resident_id": "uuid"},
    begins="filed_on",
    ends="ends_on",
    says={"filing_no": "text", "filing_key": "text"},
    beside={"valid_until": "date"},
    renewed=True,
)
_TAKEN = text("""
    SELECT DISTINCT r.place FROM unnest(CAST(:filing_nos AS text[]), CAST(:hashes AS bytea[]))
        WITH ORDINALITY AS r (filing_key, resident_no_hash, place)
    JOIN resident_filings AS f USING (filing_key) JOIN residents AS o USING (resident_id)
    WHERE o.resident_no_hash <> r.resident_no_hash
    ORDER BY r.place
""")
_GROUPS_WRITTEN = text("""
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
    WHERE CAST(:replaces AS boolean)
        OR (g.name, g.kind, g.port) = (excluded.name, excluded.kind, excluded.port)
""")
# Rows that would change what is on file. The lock keeps it until the act ends.
_GROUPS_CHANGED = text("""
    SELECT r.place, g.group_code AS subject
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN groups AS g ON g.code_key = r.row ->> 'code_key'
    WHERE (g.name, g.kind, g.port) IS DISTINCT FROM
            (r.row ->> 'name', r.row ->> 'kind', r.row ->> 'port')
        OR g.leader_id IS DISTINCT FROM CASE
            WHEN g.code_key = ANY(CAST(:leaderless AS text[])) THEN NULL
            ELSE coalesce(CAST(r.row ->> 'leader_id' AS uuid), g.leader_id)
        END
    ORDER BY r.place FOR UPDATE OF g
""")
_GROUPS: Final = Records("groups", _GROUPS_WRITTEN, _GROUPS_CHANGED)
_BY_HASH = text(
    "SELECT resident_id, resident_no_hash FROM residents WHERE resident_no_hash = ANY(:hashes)"
)


async def residents_file(act: Act, residents: Sequence[Resident], vault: Vault) -> dict[str, Any]:
    """File residents (边民备案); of a number filed before this is a renewal from its first day on.

    Refuses ID_INVALID, DUPLICATE_ROW, PERIOD_INVALID, FILING_NO_TAKEN, PERIOD_OVERLAP, each at its
    row.
    """
    numbers = [identity_number(r.resident_no) for r in residents]
    found = [
        *_invalid_numbers(numbers, residents),
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
    people = [
        _sealed(resident, hashed, vault) for resident, hashed in zip(residents, hashes, strict=True)
    ]
    named = await act.execute(_RESIDENTS, rows=canonical_json(people))
    ids = {bytes(row.resident_no_hash): row.resident_id for row in named}
    rows = [
        _filing(resident, ids[hashed]) for resident, hashed in zip(residents, hashes, strict=True)
    ]
    written_ids = list(ids.values())
    names = [show("res", one) for one in written_ids]
    vouched = [written(of, names, ids=written_ids) for of in ("residents", "resident_filings")]
    return await periods_file(
        act, _RESIDENT_FILINGS, rows, kind="residents", says=RecordsFiled, vouched=vouched
    )


def _filing(resident: Resident, resident_id: UUID) -> dict[str, Any]:
    """What a filing says; it ends with its last day, or earlier where the next one begins."""
    return {
        "resident_id": str(resident_id),
        "filing_no": resident.filing_no,
        "filing_key": number_key(resident.filing_no),
        "filed_on": resident.filed_on.isoformat(),
        "valid_until": resident.valid_until.isoformat(),
        "ends_on": (resident.valid_until + timedelta(days=1)).isoformat(),
    }


def _sealed(resident: Resident, hashed: bytes, vault: Vault) -> dict[str, Any]:
    personal = {name: getattr(resident, name) for name in _PERSONAL}
    personal["resident_no"] = identity_number(resident.resident_no)
    blob = json.dumps(personal, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        "resident_id": str(new_uuid()),
        "resident_no_hash": hashed.hex(),
        "sealed": vault.seal(blob, context=SEALED_RESIDENT).hex(),
    }


def _invalid_numbers(numbers: Sequence[str], residents: Sequence[Resident]) -> Iterator[Refusal]:
    """Numbers that cannot be one, and those of people who were born after they were filed."""
    for index, (number, resident) in enumerate(zip(numbers, residents, strict=True)):
        fault = identity_fault(number)
        if fault is None and born_on(number) >= resident.filed_on:
            fault = ID_BIRTH
        if fault is not None:
            yield fault.at(f"/rows/{index}/resident_no")


async def groups_file(
    act: Act, groups: Sequence[Group], vault: Vault, two: Proposal | None = None
) -> dict[str, Any]:
    """File mutual-aid groups and co-operatives, by code in any spelling.

    Of one on file name, kind, port and leader take two persons to change. A leader of whom nothing
    is said stays; ``null`` says that there is none any more.

    Refuses DUPLICATE_ROW, NOT_FILED_YET (port), ID_INVALID, RESIDENT_NOT_FILED (leader),
    CHANGE_TO_PROPOSE.
    """
    leaders = {i: g.leader_resident_no for i, g in enumerate(groups) if g.leader_resident_no}
    ids, missing = await resident_ids(act, leaders, vault, field="leader_resident_no")
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
    codes = [row["code_key"] for row in rows]
    return await records_file(act, _GROUPS, rows, two, codes=codes, leaderless=leaderless)


def groups_plain(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Groups as JSON values; of whom nothing was said of a leader, nothing is said."""
    return [
        {name: value for name, value in row.items() if name in group.model_fields_set}
        for row, group in zip(plain(groups), groups, strict=True)
    ]


async def resident_ids(
    act: Act, numbers: Mapping[int, str], vault: Vault, *, field: str = "resident_no"
) -> tuple[dict[int, UUID], list[Refusal]]:
    """The resident behind each row's number, and a refusal for each row that names none.

    An invalid number yields only ID_INVALID, an unknown one only RESIDENT_NOT_FILED.
    """
    written = {index: identity_number(number) for index, number in numbers.items()}
    hashes = {
        index: vault.keyed_hash(number)
        for index, number in written.items()
        if identity_fault(number) is None
    }
    rows = await act.execute(_BY_HASH, hashes=list(set(hashes.values())))
    filed = {bytes(row.resident_no_hash): row.resident_id for row in rows}
    ids, missing = {}, []
    for index in numbers:
        pointer = f"/rows/{index}/{field}"
        if index not in hashes:
            missing.append((identity_fault(written[index]) or ID_INVALID).at(pointer))
        elif hashes[index] in filed:
            ids[index] = filed[hashes[index]]
        else:
            missing.append(RESIDENT_NOT_FILED.at(pointer))
    return ids, missing
