"""Filing of memberships, and of the mandates that stand on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.canonical import identity_number, number_key
from services.kernel.clock import business_day
from services.kernel.identifiers import show, uuid_of
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import (
    NOT_A_MEMBER,
    NOT_YOURS,
)
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    invalid_periods,
    receipt,
)
from services.platform.periods import Register, periods_file, periods_write
from services.platform.vault import Vault
from services.registry.commands.on_file import groups_filed, members_written
from services.registry.commands.proposal import Proposal, id_of
from services.registry.commands.residents import resident_ids
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import Mandate, Membership

_TOUCH_DEMANDED: Final = "hushi.touch_demanded"
_PORTS_OF: Final = text("SELECT group_code, port FROM groups WHERE group_code = ANY(:groups)")
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


async def memberships_file(
    act: Act, memberships: Sequence[Membership], vault: Vault
) -> dict[str, Any]:
    """File memberships, from a day on or to a day; mandates given in one end with it.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (group), ID_INVALID,
    RESIDENT_NOT_FILED, PERIOD_OVERLAP.
    """
    numbers = {index: m.resident_no for index, m in enumerate(memberships)}
    ids, missing = await resident_ids(act, numbers, vault)
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
    ids, missing = await resident_ids(act, numbers, vault)
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
    ids, _ = await resident_ids(act, numbers, vault)
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
