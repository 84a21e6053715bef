"""Filing of residents, groups, memberships and mandates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import identity_number, number_key
from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.identity import born_on, identity_fault
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import (
    ID_BIRTH,
    ID_INVALID,
    NOT_A_MEMBER,
    NOT_YOURS,
    PERIOD_INVALID,
    RESIDENT_NOT_FILED,
)
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    invalid_periods,
    plain,
    receipt,
    rows_file,
    unknown_ports,
)
from services.platform.periods import Register, periods_file, periods_write
from services.platform.vault import Vault
from services.registry.commands.on_file import groups_filed, members_written, written
from services.registry.commands.proposal import Proposal, id_of
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import SEALED_RESIDENT, Group, Mandate, Membership, Resident

_TOUCH_DEMANDED: Final = "hushi.touch_demanded"
_PORTS_OF: Final = text("SELECT group_code, port FROM groups WHERE group_code = ANY(:groups)")
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
_MEMBERSHIPS: Final = Register(
    "memberships",
    key={"group_code": "text", "resident_id": "uuid"},
    begins="joined_on",
    ends="left_on",
    says={},
    turn="memberships",
)
# A mandate stands on a membership: what the end of one takes from under it ends with it, and what
# has not begun yet never does.
_MANDATES_CUT = text("""
    WITH changed AS (
        SELECT m.group_code, m.resident_id, range_agg(m.valid) AS days
        FROM unnest(CAST(:groups AS text[]), CAST(:residents AS uuid[]))
            AS r (group_code, resident_id)
        JOIN memberships AS m USING (group_code, resident_id)
        GROUP BY m.group_code, m.resident_id
    ), never AS (
        DELETE FROM mandates AS d USING changed AS c
        WHERE d.group_code = c.group_code AND d.resident_id = c.resident_id
            AND NOT c.days @> d.given_on
    )
    UPDATE mandates AS d SET ended_on = (
        SELECT upper(p) FROM unnest(c.days) AS p WHERE p @> d.given_on
    )
    FROM changed AS c
    WHERE d.group_code = c.group_code AND d.resident_id = c.resident_id
        AND c.days @> d.given_on AND NOT c.days @> d.valid
""")
_MANDATES: Final = Register(
    "mandates",
    key={"group_code": "text", "resident_id": "uuid"},
    begins="given_on",
    ends="ended_on",
    says={},
    turn="memberships",
)
# Of each row the membership, across its periods, that the mandate's first day falls into.
_MEMBERS = text("""
    SELECT r.place, upper(p) AS left_on
    FROM unnest(CAST(:groups AS text[]), CAST(:residents AS uuid[]), CAST(:begins AS date[]))
        WITH ORDINALITY AS r (group_code, resident_id, begins, place)
    CROSS JOIN LATERAL (
        SELECT range_agg(valid) AS days FROM memberships AS m
        WHERE m.group_code = r.group_code AND m.resident_id = r.resident_id
    ) AS m, unnest(m.days) AS p
    WHERE p @> r.begins
""")
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
    codes = [row["code_key"] for row in rows]
    return await rows_file(
        act,
        _GROUPS,
        rows,
        kind="groups",
        says=RecordsFiled,
        vouched=[written("groups", codes, codes=codes)],
        leaderless=leaderless,
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


async def memberships_file(
    act: Act, memberships: Sequence[Membership], vault: Vault
) -> dict[str, Any]:
    """File memberships, from a day on or to a day; mandates given in one end with it.

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
    residents = [ids[index] for index in range(len(memberships))]
    rows = [
        {
            "group_code": group_code,
            "resident_id": str(resident_id),
            "joined_on": m.joined_on.isoformat(),
            "left_on": m.left_on and m.left_on.isoformat(),
        }
        for m, group_code, resident_id in zip(memberships, groups, residents, strict=True)
    ]
    await periods_write(act, _MEMBERSHIPS, rows)
    await act.execute(_MANDATES_CUT, groups=groups, residents=residents)
    return await receipt(
        act,
        kind="memberships",
        count=len(rows),
        says=RecordsFiled,
        vouched=[members_written(of, groups, residents) for of in ("memberships", "mandates")],
    )


async def mandates_file(
    act: Act, mandates: Sequence[Mandate], vault: Vault, two: Proposal | None = None
) -> dict[str, Any]:
    """Let residents mandate their group's clerk (委托申报), or end a mandate by its last day.

    A resident files only their own mandate; for others two of the registrar's office do. Refuses
    FORBIDDEN, DUPLICATE_ROW, PERIOD_INVALID, ID_INVALID, RESIDENT_NOT_FILED, NOT_A_MEMBER,
    MANDATE_AT_THE_DESK (of a resident's own), PERIOD_OVERLAP.
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
    if act.actor.party_kind == "resident":
        await _require_given_at_the_desk(act, mandates, groups)
    keys = list(zip(groups, residents, strict=True))
    begins = [m.given_on for m in mandates]
    members = await act.execute(_MEMBERS, groups=groups, residents=residents, begins=begins)
    left = {row.place - 1: row.left_on for row in members}
    refuse_if_any([*duplicates(keys), *_not_members(mandates, left)])
    rows = [
        {
            "group_code": group_code,
            "resident_id": str(resident_id),
            "given_on": m.given_on.isoformat(),
            "ended_on": (ends := m.ended_on or left[index]) and ends.isoformat(),
        }
        for index, (m, (group_code, resident_id)) in enumerate(zip(mandates, keys, strict=True))
    ]
    return await periods_file(
        act,
        _MANDATES,
        rows,
        kind="mandates",
        says=RecordsFiled,
        vouched=[members_written("mandates", groups, residents)],
        filing_id=id_of(two),
    )


async def _require_given_at_the_desk(
    act: Act, mandates: Sequence[Mandate], groups: Sequence[str]
) -> None:
    """Where a port takes a resident's yes by passkey alone, no session gives a mandate instead: the
    clerk would say yes by it. One ends from any session. Raises Refused MANDATE_AT_THE_DESK.
    """
    law, today = await act.law(), business_day(act.at)
    ports = {
        row.group_code: row.port for row in await act.execute(_PORTS_OF, groups=sorted(set(groups)))
    }
    refuse_if_any(
        refusals.MANDATE_AT_THE_DESK.at(f"/rows/{index}", port=ports[group])
        for index, (mandate, group) in enumerate(zip(mandates, groups, strict=True))
        if (mandate.ended_on is None or mandate.ended_on > today)
        and str(law.get(_TOUCH_DEMANDED, on=today, scope=ports[group])) != "NO"
    )


async def mandates_named(act: Act, mandates: Sequence[Mandate], vault: Vault) -> list[Mandate]:
    """The same mandates without an identity number: by the resident's id and the group as filed."""
    numbers = {i: m.resident_no for i, m in enumerate(mandates) if m.resident_no is not None}
    ids, _ = await _resident_ids(act, numbers, vault)
    groups, _ = await groups_filed(act, [m.group_code for m in mandates])
    return [
        mandate.model_copy(
            update={
                "group_code": group_code,
                "resident_id": show("res", ids[i]) if i in ids else mandate.resident_id,
                "resident_no": None,
            }
        )
        for i, (mandate, group_code) in enumerate(zip(mandates, groups, strict=True))
    ]


def _not_members(mandates: Sequence[Mandate], left: Mapping[int, date | None]) -> list[Refusal]:
    """NOT_A_MEMBER where a mandate has days without membership; an open one ends with it."""
    found = []
    for index, mandate in enumerate(mandates):
        ends = left.get(index)
        if index not in left:
            found.append(NOT_A_MEMBER.at(f"/rows/{index}", day=mandate.given_on))
        elif ends is not None and mandate.ended_on is not None and mandate.ended_on > ends:
            found.append(NOT_A_MEMBER.at(f"/rows/{index}/ended_on", day=ends))
    return found
