"""What rows of a filing refer to: whether it is on file, and how it is written there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import number_key, party_key
from services.kernel.identifiers import show
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_FILED_YET
from services.platform.act import Act
from services.platform.filing import failing, unknown
from services.platform.vouching import Vouched


def written(
    register: str,
    names: Sequence[str],
    *,
    codes: Sequence[str] | None = None,
    ids: Sequence[UUID | str] | None = None,
) -> Vouched:
    """Records of a register that a filing has written, as ``v_filed_records`` names them."""
    return Vouched("v_filed_records", register, names, codes, ids)


def members_written(register: str, groups: Sequence[str], residents: Sequence[UUID]) -> Vouched:
    """The same of what residents have with their groups, pair by pair."""
    names = [f"{g} {show('res', r)}" for g, r in zip(groups, residents, strict=True)]
    return written(register, names, codes=groups, ids=residents)


_KNOWN: Final = {
    "enterprises": text(
        "SELECT enterprise_code FROM enterprises WHERE enterprise_code = ANY(:values)"
    ),
    "banks": text("SELECT bic FROM banks WHERE bic = ANY(:values)"),
}


async def strangers(act: Act, kind: str, values: Sequence[str], field: str) -> list[Refusal]:
    """NOT_FILED_YET for every row that refers to a record of a kind that nobody has filed."""
    return await unknown(act, _KNOWN[kind], values, kind=kind, field=field)


_GROUPS_FILED = text("SELECT code_key, group_code AS code FROM groups WHERE code_key = ANY(:keys)")


async def groups_filed(act: Act, codes: Sequence[str]) -> tuple[list[str], list[Refusal]]:
    """The groups' codes as they are filed, and NOT_FILED_YET for every row whose group is not."""
    keys = [number_key(code) for code in codes]
    rows = await act.execute(_GROUPS_FILED, keys=sorted(set(keys)))
    filed = {row.code_key: row.code for row in rows}
    missing = failing(
        keys,
        filed.__contains__,
        NOT_FILED_YET,
        field="group_code",
        kind="groups",
    )
    return [filed.get(key, code) for key, code in zip(keys, codes, strict=True)], missing


_PARTIES_FILED = text("""
    SELECT 'group:' || code_key AS key, 'group:' || group_code AS party FROM groups
    WHERE 'group:' || code_key = ANY(:keys)
    UNION ALL
    SELECT 'enterprise:' || lower(enterprise_code), 'enterprise:' || enterprise_code
    FROM enterprises WHERE 'enterprise:' || lower(enterprise_code) = ANY(:keys)
    UNION ALL
    SELECT 'bank:' || lower(bic), 'bank:' || bic FROM banks WHERE 'bank:' || lower(bic) = ANY(:keys)
    UNION ALL
    SELECT 'resident:res' || replace(CAST(resident_id AS text), '-', ''),
        'resident:res_' || replace(CAST(resident_id AS text), '-', '')
    FROM residents
    WHERE 'resident:res' || replace(CAST(resident_id AS text), '-', '') = ANY(:keys)
""")


_PAYERS: Final = {"group": "groups", "enterprise": "enterprises", "resident": "residents"}


async def parties_filed(act: Act, parties: Sequence[str]) -> list[str]:
    """The parties as their tokens name them; who is not filed stays as written."""
    filed = await _as_filed(act, parties)
    return [filed.get(party_key(party), party) for party in parties]


async def payers_filed(act: Act, parties: Sequence[str]) -> tuple[list[str], list[Refusal]]:
    """The parties as their tokens name them, and NOT_FILED_YET for every row of one unfiled."""
    filed = await _as_filed(act, parties)
    missing = [
        NOT_FILED_YET.at(f"/rows/{index}/party", kind=_PAYERS[party.partition(":")[0]])
        for index, party in enumerate(parties)
        if party_key(party) not in filed
    ]
    return [filed.get(party_key(party), party) for party in parties], missing


async def _as_filed(act: Act, parties: Sequence[str]) -> dict[str, str]:
    keys = {party_key(party) for party in parties}
    rows = await act.execute(_PARTIES_FILED, keys=sorted(keys))
    return {row.key: row.party for row in rows}
