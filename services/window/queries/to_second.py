"""What waits for another person of an office: no case of theirs has a desk, the record tells it.

Whoever took the first step is no second person; the log knows who that was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import TextClause, text

from services.kernel.messages import Actor
from services.platform.database import Row, Statements

RISK_RULE: Final = "risk_rule"
POLICY: Final = "policy_parameter"
CHANGE: Final = "register_change"
LIST: Final = "law_filing"
REPORT: Final = "name_report"
KEY: Final = "bank_key"
LEVEL: Final = "credit_decision"
KINDS: Final = (RISK_RULE, POLICY, CHANGE, LIST, REPORT, KEY, LEVEL)
"""What may wait so, beside cases that stand on somebody's desk."""


def _first_step(case: str, types: str) -> str:
    """The newest of these steps of a case: by whom, and when."""
    return f"""INNER JOIN cases AS c ON c.case_id = {case}
    CROSS JOIN LATERAL (
        SELECT CAST(e.actor AS json) AS actor, e.occurred_at, e.type FROM events AS e
        WHERE e.case_id = {case} AND e.type IN ({types}) ORDER BY e.seq DESC LIMIT 1
    ) AS first"""


_NO_PORT: Final = "CAST(NULL AS text) AS port"
_NO_END: Final = "CAST(NULL AS timestamptz) AS due_at"
_BY_ANOTHER: Final = """first.actor ->> 'subject' <> :subject
        AND first.actor ->> 'party' <> :party"""
_RULES: Final = f"""
    SELECT 0 AS rank, r.rule_id AS case_id, '{RISK_RULE}' AS kind, 'rul' AS prefix,
        r.code AS reference, r.state, c.version, {_NO_PORT}, {_NO_END},
        CASE r.state WHEN 'PROPOSED' THEN 'RULE_APPROVAL' ELSE 'RULE_RETIREMENT' END AS code,
        first.occurred_at AS since
    FROM v_risk_rules AS r
    {_first_step("r.rule_id", "'RiskRuleProposed', 'RiskRuleRetirementProposed'")}
    WHERE (r.state = 'PROPOSED' OR (
            r.state = 'APPROVED' AND r.retires_on IS NOT NULL AND NOT r.retired
        ))
        AND {_BY_ANOTHER}
    ORDER BY r.rule_id LIMIT :rows
"""
_STEPS: Final = "'PolicyProposed', 'PolicyApproved', 'PolicyRevocationProposed', 'PolicyKept'"
_LAW: Final = f"""
    SELECT 0 AS rank, p.policy_id AS case_id, '{POLICY}' AS kind, 'pol' AS prefix,
        p.key AS reference, CASE WHEN p.approved_at IS NULL THEN 'PROPOSED'
            ELSE 'REVOCATION_PROPOSED' END AS state, c.version, {_NO_PORT}, {_NO_END},
        CASE WHEN p.approved_at IS NULL THEN 'POLICY_APPROVAL' ELSE 'POLICY_REVOCATION' END AS code,
        first.occurred_at AS since
    FROM v_policy_history AS p
    {_first_step("p.policy_id", _STEPS)}
    WHERE p.declined_at IS NULL AND p.revoked_at IS NULL
        AND first.type = CASE WHEN p.approved_at IS NULL THEN 'PolicyProposed'
            ELSE 'PolicyRevocationProposed' END
        AND {_BY_ANOTHER}
    ORDER BY p.policy_id LIMIT :rows
"""
# All registrars act for one party. A change is called by the record that it is about, one of many
# by none. What was reported any of them finds out about; who then wrote
# what was found does not decide.
_REGISTERS: Final = f"""
    SELECT 0 AS rank, r.change_id AS case_id, '{CHANGE}' AS kind, 'imp' AS prefix,
        CASE WHEN NOT starts_with(r.subject, 'imp_') THEN r.subject END AS reference,
        r.state, c.version, {_NO_PORT}, {_NO_END},
        'CHANGE_DECISION' AS code, first.occurred_at AS since
    FROM v_register_changes AS r
    {_first_step("r.change_id", "'ChangeProposed'")}
    WHERE r.state = 'PROPOSED' AND first.actor ->> 'subject' <> :subject
    UNION ALL
    SELECT 0, f.filing_id, '{LIST}', 'imp', CAST(NULL AS text), f.state, c.version,
        {_NO_PORT}, {_NO_END}, 'LIST_DECISION', first.occurred_at
    FROM v_law_filings AS f
    {_first_step("f.filing_id", "'LawListProposed'")}
    WHERE f.state = 'PROPOSED' AND first.actor ->> 'subject' <> :subject
    UNION ALL
    SELECT 0, k.key_id, '{KEY}', 'bky', k.bic, k.state, c.version,
        {_NO_PORT}, {_NO_END}, 'KEY_DECISION', first.occurred_at
    FROM v_bank_key_proposals AS k
    {_first_step("k.key_id", "'BankKeyProposed'")}
    WHERE k.state = 'PROPOSED' AND first.actor ->> 'subject' <> :subject
    UNION ALL
    SELECT 0, n.report_id, '{REPORT}', 'nmr', CAST(NULL AS text), n.state, c.version,
        l.port, n.due_at,
        CASE n.state WHEN 'REPORTED' THEN 'NAME_FINDING' ELSE 'NAME_DECISION' END,
        first.occurred_at
    FROM v_name_reports AS n
    INNER JOIN v_lots AS l ON l.lot_id = n.lot_id
    {_first_step("n.report_id", "'NameReported', 'NameReportFound'")}
    WHERE n.decided_at IS NULL
        AND (n.state = 'REPORTED' OR first.actor ->> 'subject' <> :subject)
    ORDER BY due_at, case_id LIMIT :rows
"""
# A border resident is on file at no port, so that officers of any may sign.
_LEVELS: Final = text(f"""
    SELECT 1 AS rank, l.credit_id AS case_id, '{LEVEL}' AS kind, 'crd' AS prefix,
        l.party AS reference, l.stands AS state, c.version, coalesce(e.port, g.port) AS port,
        {_NO_END}, 'LEVEL_SIGNATURE' AS code, first.occurred_at AS since
    FROM v_credit_decisions AS l
    LEFT JOIN v_enterprises AS e
        ON l.party LIKE 'enterprise:%' AND e.enterprise_code = substr(l.party, 12)
    LEFT JOIN v_groups AS g ON l.party LIKE 'group:%' AND g.group_code = substr(l.party, 7)
    {_first_step("l.credit_id", "'CreditLevelProposed'")}
    WHERE l.stands = 'PROPOSED' AND coalesce(e.port, g.port, :port) = :port AND {_BY_ANOTHER}
        AND NOT EXISTS (
            SELECT FROM v_conflicts AS k WHERE k.party = l.party
                AND 'officer:ofc_' || replace(CAST(k.officer_id AS text), '-', '') = :party
        )
    ORDER BY l.credit_id LIMIT :rows
""")
_OF: Final[Mapping[str, TextClause]] = {
    "risk_officer": text(_RULES),
    "policy_officer": text(_LAW),
    "registrar": text(_REGISTERS),
}
OFFICES: Final = frozenset(_OF)
"""Roles whose work waits so."""


async def to_second(tx: Statements, actor: Actor, *, rows: int) -> Sequence[Row]:
    """What others of the office proposed or found, and what is to be found out about: what has a
    deadline first, then the longest waiting."""
    values = {"subject": actor.subject, "party": actor.party, "rows": rows}
    return (await tx.execute(_OF[actor.role], values)).all()


async def levels_to_sign(tx: Statements, actor: Actor, *, rows: int) -> Sequence[Row]:
    """Credit levels of parties of an officer's port that a colleague proposed, the longest waiting
    first; none of a party in which he has declared an interest."""
    values = {"subject": actor.subject, "party": actor.party, "port": actor.port, "rows": rows}
    return (await tx.execute(_LEVELS, values)).all()
