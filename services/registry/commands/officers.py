"""Filing of officers and of their conflicts of interest: who may be drawn at which port."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import name_key
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_id, new_uuid, show
from services.kernel.refusal import refuse_if_any
from services.kernel.refusals import NOT_FILED_YET
from services.platform.act import Act
from services.platform.database import Row
from services.platform.filing import (
    duplicates,
    failing,
    invalid_periods,
    plain,
    receipt,
    unknown_ports,
)
from services.platform.periods import Register, periods_file
from services.platform.vault import Vault
from services.registry.commands.on_file import parties_filed, written
from services.registry.commands.pool import (
    PoolChange,
    pool_changes,
    pool_changes_keep,
    ports_of,
    posts_of,
)
from services.registry.commands.proposal import Proposal, id_of, may_replace, to_propose
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import SEALED_OFFICER, Conflict, Officer
from services.registry.domain.rules.pool import CONFLICT, dated
from services.registry.queries import officer_name

_OFFICERS = text("""
    INSERT INTO officers (officer_id, badge_no, sealed, port, team, skills, active)
    SELECT officer_id, badge_no, decode(sealed, 'hex'), port, team,
        ARRAY(SELECT jsonb_array_elements_text(skills)), active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        officer_id uuid, badge_no text, sealed text, port text, team text, skills jsonb,
        active boolean)
    ORDER BY badge_no
    ON CONFLICT (badge_no) DO UPDATE SET sealed = excluded.sealed, port = excluded.port,
        team = excluded.team, skills = excluded.skills, active = excluded.active
""")
_CONFLICTS: Final = Register(
    "conflicts",
    key={"officer_id": "uuid", "party": "text"},
    begins="declared_on",
    ends="ended_on",
    says={},
)
_BADGES = text("SELECT badge_no, officer_id, port FROM officers WHERE badge_no = ANY(:badges)")
# What is on file of these rows; the lock keeps it until the act ends. The name is sealed, so only
# here it can be compared.
_OFFICERS_ON_FILE = text("""
    SELECT r.place, o.badge_no AS subject, o.sealed,
        (o.port, o.team, o.active) IS DISTINCT FROM
            (r.row ->> 'port', r.row ->> 'team', CAST(r.row ->> 'active' AS boolean))
        OR NOT (to_jsonb(o.skills) @> (r.row -> 'skills')
            AND to_jsonb(o.skills) <@ (r.row -> 'skills')) AS other_post
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (row, place)
    JOIN officers AS o ON o.badge_no = r.row ->> 'badge_no'
    ORDER BY o.badge_no FOR UPDATE OF o
""")


async def officers_file(
    act: Act, officers: Sequence[Officer], vault: Vault, two: Proposal | None = None
) -> dict[str, Any]:
    """File customs officers by badge. The name is sealed.

    Of one who is on file name, port, team, skills and service take two persons to change. What it
    changes in a port's pool stands beside the draws there.
    Refuses DUPLICATE_ROW, NOT_FILED_YET (port), CHANGE_TO_PROPOSE.
    """
    found = duplicates([o.badge_no for o in officers])
    found += await unknown_ports(act, [o.port for o in officers])
    if not may_replace(two):
        found += to_propose(await _officers_changed(act, officers, vault))
    refuse_if_any(found)
    before = await posts_of(act, officers)
    rows = plain(officers)
    for row in rows:
        blob = json.dumps({"name": row.pop("name")}, ensure_ascii=False).encode()
        row["sealed"] = vault.seal(blob, context=SEALED_OFFICER).hex()
        row["officer_id"] = str(new_uuid())
    await act.execute(_OFFICERS, rows=canonical_json(rows))
    changes = await pool_changes(act, officers, before)
    filing_id = id_of(two) or new_id("imp")
    badges = [o.badge_no for o in officers]
    return await receipt(
        act,
        kind="officers",
        count=len(rows),
        says=partial(RecordsFiled, ports=ports_of(changes)),
        vouched=[
            written("officers", badges, codes=badges),
            *await pool_changes_keep(act, filing_id, changes),
        ],
        filing_id=filing_id,
    )


async def _officers_changed(act: Act, officers: Sequence[Officer], vault: Vault) -> list[Row]:
    """Those on file who would have another post, or whose badge would be another person's."""
    on_file = await act.execute(_OFFICERS_ON_FILE, rows=canonical_json(plain(officers)))
    return sorted(
        (
            row
            for row in on_file
            if row.other_post
            or name_key(officer_name(row, vault)) != name_key(officers[row.place - 1].name)
        ),
        key=lambda row: row.place,
    )


async def conflicts_file(
    act: Act, conflicts: Sequence[Conflict], two: Proposal | None = None
) -> dict[str, Any]:
    """File parties an officer may not decide about, or the day that ends it.

    It stands beside the draws of the officer's port. Refuses DUPLICATE_ROW, PERIOD_INVALID,
    NOT_FILED_YET (officer), PERIOD_OVERLAP.
    """
    parties = await parties_filed(act, [c.party for c in conflicts])
    found = [*duplicates([(c.badge_no, p) for c, p in zip(conflicts, parties, strict=True)])]
    found += invalid_periods([(c.declared_on, c.ended_on) for c in conflicts], "ended_on")
    badges = [c.badge_no for c in conflicts]
    officers = {row.badge_no: row for row in await act.execute(_BADGES, badges=badges)}
    found += failing(
        badges, officers.__contains__, NOT_FILED_YET, field="badge_no", kind="officers"
    )
    refuse_if_any(found)
    rows = plain(conflicts)
    for row, party in zip(rows, parties, strict=True):
        row["officer_id"], row["party"] = str(officers[row.pop("badge_no")].officer_id), party
    changes = [
        PoolChange(
            officers[c.badge_no].port,
            str(officers[c.badge_no].officer_id),
            CONFLICT,
            dated(party, c.declared_on, c.ended_on),
        )
        for c, party in zip(conflicts, parties, strict=True)
    ]
    filing_id = id_of(two) or new_id("imp")
    ids = [row["officer_id"] for row in rows]
    names = [f"{show('ofc', UUID(row['officer_id']))} {row['party']}" for row in rows]
    return await periods_file(
        act,
        _CONFLICTS,
        rows,
        kind="conflicts",
        says=partial(RecordsFiled, ports=ports_of(changes)),
        vouched=[
            written("conflicts", names, ids=ids),
            *await pool_changes_keep(act, filing_id, changes),
        ],
        filing_id=filing_id,
    )
