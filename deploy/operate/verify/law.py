"""Whether what the versions filed by themselves says what those versions say, and whether every
legal parameter ends where the log ends it.

No act of a person made what a version filed, so no event vouches for it: its digest stands beside
the migrations (``filed_law.json``, ``filed_entries.json``). A parameter that a version did not file
after all, because somebody's own was in force, is not missed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text

from migrations.filed import entries_as_filed, law_as_filed
from services.kernel.events import canonical_json
from services.kernel.identifiers import show
from services.platform.database import Tx

LAW_AS_IT_IS: Final = """
    SELECT policy_id, key, scope, left(encode(sha256(convert_to(jsonb_build_object(
        'key', key, 'scope', scope, 'value', value, 'authority', authority, 'from', effective_from
    )::text, 'UTF8')), 'hex'), 32) AS digest
    FROM v_policy_history
"""
"""Of each parameter the digest of what it says and from when; until when, others' acts say."""
_FILED: Final = text(
    f"{LAW_AS_IT_IS} WHERE policy_id = ANY(CAST(:ids AS uuid[])) ORDER BY policy_id"
)
# A version files what is approved, without an end: another that is approved ends it on its own
# first day, and what has not begun is revoked by an act of the log.
_IN_FORCE: Final = text("""
    SELECT p.policy_id FROM v_policy_history AS p
    WHERE p.policy_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (
        SELECT FROM events AS e WHERE e.case_id = p.policy_id AND e.type = 'PolicyRevoked'
    ) AND (
        p.approved_at IS NULL OR p.effective_to IS NOT NULL AND NOT EXISTS (
            SELECT FROM v_policy_history AS n
            WHERE (n.key, n.scope, n.effective_from) = (p.key, p.scope, p.effective_to)
                AND n.approved_at IS NOT NULL
        )
    )
    ORDER BY p.policy_id
""")
_SAID: Final = """
    SELECT e.case_id, e.type, e.position, CAST(e.body AS jsonb) AS body
    FROM cases AS c JOIN events AS e USING (case_id)
    WHERE c.kind = 'pol' AND e.type IN ('PolicyProposed', 'PolicyApproved', 'PolicyRevoked')
"""
# Somebody's own kept a version's from being filed, unless that one was there: it was ended, or held
# on again.
_MISSED: Final = text(f"""
    WITH said AS ({_SAID})
    SELECT f.policy_id
    FROM jsonb_to_recordset(CAST(:filed AS jsonb)) AS f (policy_id uuid, key text, scope text)
    WHERE NOT EXISTS (SELECT FROM v_policy_history AS p WHERE p.policy_id = f.policy_id)
        AND (
            NOT EXISTS (
                SELECT FROM said
                WHERE type = 'PolicyApproved'
                    AND (body ->> 'key', body ->> 'scope') = (f.key, f.scope)
            )
            OR EXISTS (
                SELECT FROM said
                WHERE 'pol_' || replace(CAST(f.policy_id AS text), '-', '')
                    IN (body ->> 'closed', body ->> 'restored')
            )
        )
    ORDER BY f.policy_id
""")
# It was proposed with its end; since then another's approval ended it, or another's revocation let
# it hold on. Each of them is decided in the law's own turn, so that the last word counts.
_ENDS: Final = text(f"""
    WITH said AS ({_SAID}), ends AS (
        SELECT case_id AS policy_id, position, body ->> 'effective_to' AS until
        FROM said WHERE type = 'PolicyProposed' AND body ? 'effective_to'
        UNION ALL
        SELECT CAST(substr(body ->> 'closed', 5) AS uuid), position, body ->> 'effective_from'
        FROM said WHERE type = 'PolicyApproved' AND body ->> 'closed' IS NOT NULL
        UNION ALL
        SELECT CAST(substr(body ->> 'restored', 5) AS uuid), position, body ->> 'restored_to'
        FROM said WHERE type = 'PolicyRevoked' AND body ->> 'restored' IS NOT NULL
    ), last AS (
        SELECT DISTINCT ON (policy_id) policy_id, until FROM ends ORDER BY policy_id, position DESC
    )
    SELECT policy_id FROM v_policy_history JOIN last USING (policy_id)
    WHERE CAST(effective_to AS text) IS DISTINCT FROM until
    ORDER BY policy_id
""")
ENTRIES_AS_THEY_ARE: Final = """
    SELECT entry_id, ended_at, left(encode(sha256(convert_to(jsonb_build_object(
        'list', list_name, 'reference', reference, 'kind', kind, 'bank', bank_bic, 'listed', listed
    )::text, 'UTF8')), 'hex'), 32) AS digest
    FROM v_screening_entries
"""
"""Of each entry of a screening list the digest of what it says and of whom it names."""
_ENTRIES: Final = text(f"""
    SELECT i.entry_id, e.digest, e.ended_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM events AS v WHERE v.case_id = i.entry_id AND v.type = 'ScreeningEntryEnded'
    ) AS ended
    FROM unnest(CAST(:ids AS uuid[])) AS i (entry_id)
    LEFT JOIN ({ENTRIES_AS_THEY_ARE}) AS e USING (entry_id)
    ORDER BY i.entry_id
""")


async def differing_law(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    """What a version filed and says something else now, or is gone, and parameters that do not end
    where the log says: which, and what."""
    filed = law_as_filed()
    async for row in tx.each(_FILED, {"ids": sorted(filed)}):
        if row.digest != filed[str(row.policy_id)]["digest"]:
            yield show("pol", row.policy_id), "policy_parameters is not what the version filed"
    async for row in tx.each(_IN_FORCE, {"ids": sorted(filed)}):
        yield show("pol", row.policy_id), "policy_parameters ends where nobody has ended it"
    named = [{**row, "policy_id": policy_id} for policy_id, row in sorted(filed.items())]
    async for row in tx.each(_MISSED, {"filed": canonical_json(named)}):
        yield show("pol", row.policy_id), "policy_parameters has no row of what the version filed"
    async for row in tx.each(_ENDS):
        yield show("pol", row.policy_id), "policy_parameters.effective_to is not what the log says"
    async for one in _differing_entries(tx):
        yield one


async def _differing_entries(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    filed = entries_as_filed()
    async for row in tx.each(_ENTRIES, {"ids": sorted(filed)}):
        entry = show("scn", row.entry_id)
        if row.digest is None:
            yield entry, "screening_entries has no row of what the version filed"
        elif row.digest != filed[str(row.entry_id)]:
            yield entry, "screening_entries is not what the version filed"
        elif row.ended:
            yield entry, "screening_entries has ended, and nobody has ended it"
