"""Whether what another's act ends, or replaces, ends when the log says: risk rules, credit levels,
and names that their bearers froze.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import show
from services.platform.database import Tx

COMPARED: Final = {
    "risk_rules": ("effective_to",),
    "credit_decisions": (
        "party",
        "level",
        "label",
        "grounds",
        "state",
        *("effective_from", "effective_to"),
    ),
    "name_freezes": ("resident_id", "thawed_at"),
}
"""The columns of which this module compares what they say."""
# A rule ends where it was proposed to, where a wording that was approved after it begins, or where
# it was retired: at the first of these. One that a version filed was there before any event.
_RULES: Final = text("""
    WITH said AS (
        SELECT e.case_id, e.type, e.position, CAST(e.body AS jsonb) AS body
        FROM events AS e WHERE e.type IN ('RiskRuleProposed', 'RiskRuleApproved', 'RiskRuleRetired')
    ), approved AS (
        SELECT a.case_id, a.position, a.body ->> 'code' AS code,
            CAST(p.body ->> 'effective_from' AS date) AS begins
        FROM said AS a JOIN said AS p ON p.case_id = a.case_id AND p.type = 'RiskRuleProposed'
        WHERE a.type = 'RiskRuleApproved'
    )
    SELECT r.rule_id FROM v_risk_rules AS r
    LEFT JOIN said AS p ON p.case_id = r.rule_id AND p.type = 'RiskRuleProposed'
    LEFT JOIN approved AS own ON own.case_id = r.rule_id
    LEFT JOIN said AS t ON t.case_id = r.rule_id AND t.type = 'RiskRuleRetired'
    WHERE r.effective_to IS DISTINCT FROM (
        SELECT greatest(r.effective_from, min(ends)) FROM (
            SELECT CAST(p.body ->> 'effective_to' AS date) AS ends
            UNION ALL
            SELECT CAST(t.body ->> 'ends_on' AS date)
            UNION ALL
            SELECT n.begins FROM approved AS n
            WHERE r.state = 'APPROVED' AND n.code = r.code AND n.case_id <> r.rule_id
                AND n.position > coalesce(own.position, 0)
        ) AS e HAVING min(ends) IS NOT NULL
    )
    ORDER BY r.rule_id
""")
# A party's level is the last that was decided; each one before ended when the next began.
_LEVELS: Final = text("""
    WITH said AS (
        SELECT body ->> 'party' AS party, body ->> 'level' AS level, body ->> 'label' AS label,
            body ->> 'grounds' AS grounds, CAST(body ->> 'effective_from' AS date) AS begins,
            row_number() OVER (PARTITION BY body ->> 'party' ORDER BY position) AS turn,
            lead(CAST(body ->> 'effective_from' AS date))
                OVER (PARTITION BY body ->> 'party' ORDER BY position) AS ends
        FROM (
            SELECT CAST(e.body AS jsonb) AS body, e.position
            FROM events AS e WHERE e.type = 'CreditLevelDecided'
        ) AS e
    ), there AS (
        SELECT party, level, label, grounds, stands, effective_from, effective_to,
            row_number() OVER (PARTITION BY party ORDER BY decided_at, credit_id) AS turn
        FROM v_credit_decisions WHERE state = 'IN_FORCE'
    )
    SELECT DISTINCT party FROM said FULL JOIN there AS t USING (party, turn)
    WHERE (said.level, said.label, said.grounds, said.begins, greatest(said.begins, said.ends))
        IS DISTINCT FROM (t.level, t.label, t.grounds, t.effective_from, t.effective_to)
        AND said.ends IS NOT NULL
        OR (said.level, said.label, said.grounds, said.begins, CAST(NULL AS date), 'IN_FORCE')
        IS DISTINCT FROM
            (t.level, t.label, t.grounds, t.effective_from, t.effective_to, t.stands)
        AND said.ends IS NULL
        OR t.stands = 'IN_FORCE' AND said.ends IS NOT NULL
    ORDER BY party
""")
_NAMES: Final = text("""
    WITH said AS (
        SELECT DISTINCT ON (name) name, type FROM (
            SELECT CAST(e.body AS jsonb) ->> 'resident_id' AS name, e.type, e.position
            FROM events AS e WHERE e.type IN ('NameFrozen', 'NameThawed')
        ) AS e ORDER BY name, position DESC
    ), frozen AS (
        SELECT 'res_' || replace(CAST(resident_id AS text), '-', '') AS name FROM v_name_freezes
    )
    SELECT name FROM (SELECT name FROM said WHERE type = 'NameFrozen') AS s
    FULL JOIN frozen AS f USING (name)
    WHERE s.name IS NULL OR f.name IS NULL
    ORDER BY name
""")


async def differing_ends(tx: Tx) -> AsyncIterator[tuple[str, str]]:
    """What ends, or holds, otherwise than the log says: which, and what of it."""
    async for row in tx.each(_RULES):
        where = show("rul", row.rule_id)
        yield where, "risk_rules.effective_to is not where the log ends it"
    async for row in tx.each(_LEVELS):
        yield row.party, "credit_decisions has another level in force, or from or to another day"
    async for row in tx.each(_NAMES):
        yield row.name, "name_freezes says otherwise than the log whether the name is frozen"
