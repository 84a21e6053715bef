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
ENTRY: Final = "screening_entry"
ABSENCE: Final = "rota_absence"


def _first_step(case: str, types: str) -> str:
    """The newest of these steps of a case: by whom, and when."""
    return f"""INNER JOIN cases AS c ON c.case_id = {case}
    CROSS JOIN LATERAL (
        SELECT CAST(e.actor AS json) AS actor, e.occurred_at, e.type FROM events AS e
        WHERE e.case_id = {case} AND e.type IN ({types}) ORDER BY e.seq DESC LIMIT 1
    ) AS first"""


_NO_PORT: Final = "CAST(NULL AS text) AS port"
_NO_END: Final = "CAST(NULL AS timestamptz) AS due_at"
_STEP: Final = """first.occurred_at AS since, first.occurred_at AS from_at, first.actor,
        CAST(NULL AS text) AS bank_bic"""
_STEPS: Final = "'PolicyProposed', 'PolicyApproved', 'PolicyRevocationProposed', 'PolicyKept'"
_DAY_BEGINS: Final = "CAST({day} AS timestamp) AT TIME ZONE 'Asia/Shanghai'"
# What a change of the registers is about calls it, one of many by none. ``from_at`` says from when
# on another may decide, where those concerned are given time.
SOURCES: Final[Mapping[str, str]] = {
    RISK_RULE: f"""
    SELECT r.rule_id AS case_id, '{RISK_RULE}' AS kind, 'rul' AS prefix,
        r.code AS reference, r.state, c.version, {_NO_PORT}, {_NO_END},
        CASE r.state WHEN 'PROPOSED' THEN 'RULE_APPROVAL' ELSE 'RULE_RETIREMENT' END AS code,
        {_STEP}
    FROM v_risk_rules AS r
    {_first_step("r.rule_id", "'RiskRuleProposed', 'RiskRuleRetirementProposed'")}
    WHERE r.state = 'PROPOSED'
        OR (r.state = 'APPROVED' AND r.retires_on IS NOT NULL AND NOT r.retired)
    """,
    POLICY: f"""
    SELECT p.policy_id AS case_id, '{POLICY}' AS kind, 'pol' AS prefix,
        p.key AS reference, CASE WHEN p.approved_at IS NULL THEN 'PROPOSED'
            ELSE 'REVOCATION_PROPOSED' END AS state, c.version, {_NO_PORT}, {_NO_END},
        CASE WHEN p.approved_at IS NULL THEN 'POLICY_APPROVAL' ELSE 'POLICY_REVOCATION' END AS code,
        {_STEP}
    FROM v_policy_history AS p
    {_first_step("p.policy_id", _STEPS)}
    WHERE p.declined_at IS NULL AND p.revoked_at IS NULL
        AND first.type = CASE WHEN p.approved_at IS NULL THEN 'PolicyProposed'
            ELSE 'PolicyRevocationProposed' END
    """,
    CHANGE: f"""
    SELECT r.change_id AS case_id, '{CHANGE}' AS kind, 'imp' AS prefix,
        CASE WHEN NOT starts_with(r.subject, 'imp_') THEN r.subject END AS reference,
        r.state, c.version, {_NO_PORT}, {_NO_END}, 'CHANGE_DECISION' AS code,
        first.occurred_at AS since, greatest(first.occurred_at, r.confirm_from) AS from_at,
        first.actor, CAST(NULL AS text) AS bank_bic
    FROM v_register_changes AS r
    {_first_step("r.change_id", "'ChangeProposed'")}
    WHERE r.state = 'PROPOSED'
    """,
    LIST: f"""
    SELECT f.filing_id AS case_id, '{LIST}' AS kind, 'imp' AS prefix,
        CAST(NULL AS text) AS reference, f.state, c.version, {_NO_PORT}, {_NO_END},
        'LIST_DECISION' AS code, {_STEP}
    FROM v_law_filings AS f
    {_first_step("f.filing_id", "'LawListProposed'")}
    WHERE f.state = 'PROPOSED'
    """,
    KEY: f"""
    SELECT k.key_id AS case_id, '{KEY}' AS kind, 'bky' AS prefix, k.bic AS reference, k.state,
        c.version, {_NO_PORT}, {_NO_END}, 'KEY_DECISION' AS code,
        first.occurred_at AS since, greatest(first.occurred_at, k.confirm_from) AS from_at,
        first.actor, CAST(NULL AS text) AS bank_bic
    FROM v_bank_key_proposals AS k
    {_first_step("k.key_id", "'BankKeyProposed'")}
    WHERE k.state = 'PROPOSED'
    """,
    REPORT: f"""
    SELECT n.report_id AS case_id, '{REPORT}' AS kind, 'nmr' AS prefix,
        CAST(NULL AS text) AS reference, n.state, c.version, l.port, n.due_at,
        CASE n.state WHEN 'REPORTED' THEN 'NAME_FINDING' ELSE 'NAME_DECISION' END AS code, {_STEP}
    FROM v_name_reports AS n
    INNER JOIN v_lots AS l ON l.lot_id = n.lot_id
    {_first_step("n.report_id", "'NameReported', 'NameReportFound'")}
    WHERE n.decided_at IS NULL
    """,
    LEVEL: f"""
    SELECT l.credit_id AS case_id, '{LEVEL}' AS kind, 'crd' AS prefix,
        l.party AS reference, l.stands AS state, c.version, coalesce(e.port, g.port) AS port,
        {_NO_END}, 'LEVEL_SIGNATURE' AS code, {_STEP}
    FROM v_credit_decisions AS l
    LEFT JOIN v_enterprises AS e
        ON l.party LIKE 'enterprise:%' AND e.enterprise_code = substr(l.party, 12)
    LEFT JOIN v_groups AS g ON l.party LIKE 'group:%' AND g.group_code = substr(l.party, 7)
    {_first_step("l.credit_id", "'CreditLevelProposed'")}
    WHERE l.stands = 'PROPOSED'
    """,
    ENTRY: f"""
    SELECT s.entry_id AS case_id, '{ENTRY}' AS kind, 'scn' AS prefix, s.reference,
        'ENDING' AS state, c.version, {_NO_PORT}, {_NO_END}, 'ENTRY_ENDING' AS code,
        first.occurred_at AS since, first.occurred_at AS from_at, first.actor, s.bank_bic
    FROM v_screening_entries AS s
    {_first_step("s.entry_id", "'ScreeningEntryEnding'")}
    WHERE s.ending_at IS NOT NULL AND s.ended_at IS NULL
    """,
    # An absence is announced until its day is over, and taken back until it begins.
    ABSENCE: f"""
    SELECT a.absence_id AS case_id, '{ABSENCE}' AS kind, 'abs' AS prefix,
        CAST(a.absent_on AS text) AS reference, a.state, c.version, {_NO_PORT},
        {_DAY_BEGINS.format(day="(a.absent_on + CASE a.state WHEN 'ENTERED' THEN 1 ELSE 0 END)")}
            AS due_at,
        CASE a.state WHEN 'ENTERED' THEN 'ABSENCE_WORD' ELSE 'ABSENCE_ENDING' END AS code,
        first.occurred_at AS since, first.occurred_at AS from_at, first.actor, a.bank_bic
    FROM v_rota_absences AS a
    {_first_step("a.absence_id", "'RotaAbsenceEntered', 'RotaAbsenceEnding'")}
    WHERE a.state IN ('ENTERED', 'ENDING') AND now()
        < {_DAY_BEGINS.format(day="(a.absent_on + CASE a.state WHEN 'ENTERED' THEN 1 ELSE 0 END)")}
    """,
}
KINDS: Final = tuple(SOURCES)
"""What may wait so, beside cases that stand on somebody's desk."""
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    RISK_RULE: ("RULE_APPROVAL", "RULE_RETIREMENT"),
    POLICY: ("POLICY_APPROVAL", "POLICY_REVOCATION"),
    CHANGE: ("CHANGE_DECISION",),
    LIST: ("LIST_DECISION",),
    KEY: ("KEY_DECISION",),
    REPORT: ("NAME_FINDING", "NAME_DECISION"),
    LEVEL: ("LEVEL_SIGNATURE",),
    ENTRY: ("ENTRY_ENDING",),
    ABSENCE: ("ABSENCE_WORD", "ABSENCE_ENDING"),
}
"""By which codes each of them waits."""
_SHOWN: Final = """w.case_id, w.kind, w.prefix, w.reference, w.state, w.version, w.port,
        w.due_at, w.code, w.since"""
_BY_ANOTHER: Final = "w.actor ->> 'subject' <> :subject"


def _of(*kinds: str) -> str:
    return f"({' UNION ALL '.join(SOURCES[kind] for kind in kinds)}) AS w"


# Officers are parties of their own; all who act for one body are one party. What was reported any
# registrar finds out about; who then wrote what was found does not decide.
_OFFICERS: Final = f"""SELECT 0 AS rank, {_SHOWN} FROM {{waiting}}
    WHERE {_BY_ANOTHER} AND w.actor ->> 'party' <> :party ORDER BY w.case_id LIMIT :rows"""
_REGISTRARS: Final = f"""SELECT 0 AS rank, {_SHOWN} FROM {_of(CHANGE, LIST, KEY, REPORT)}
    WHERE w.code = 'NAME_FINDING' OR {_BY_ANOTHER} ORDER BY w.due_at, w.case_id LIMIT :rows"""
_OF: Final[Mapping[str, TextClause]] = {
    "risk_officer": text(_OFFICERS.format(waiting=_of(RISK_RULE))),
    "policy_officer": text(_OFFICERS.format(waiting=_of(POLICY))),
    "registrar": text(_REGISTRARS),
}
OFFICES: Final = frozenset(_OF)
"""Roles whose work waits so."""
# A border resident is on file at no port, so that officers of any may sign.
_LEVELS: Final = text(f"""
    SELECT 1 AS rank, {_SHOWN}
    FROM {_of(LEVEL)}
    WHERE coalesce(w.port, :port) = :port AND {_BY_ANOTHER} AND w.actor ->> 'party' <> :party
        AND NOT EXISTS (
            SELECT FROM v_conflicts AS k WHERE k.party = w.reference
                AND 'officer:ofc_' || replace(CAST(k.officer_id AS text), '-', '') = :party
        )
    ORDER BY w.case_id LIMIT :rows
""")
_OF_BANK: Final = f"""SELECT 1 AS rank, {_SHOWN} FROM {{waiting}}
    WHERE w.bank_bic = :bank AND {_BY_ANOTHER} ORDER BY w.due_at, w.case_id LIMIT :rows"""
_OF_BANKS: Final[Mapping[str, TextClause]] = {
    "settlement:screening:end": text(_OF_BANK.format(waiting=_of(ENTRY))),
    "market:rota:enter": text(_OF_BANK.format(waiting=_of(ABSENCE))),
}
OLDEST: Final = text(
    f"SELECT w.code, min(w.from_at) AS since FROM {_of(*SOURCES)} WHERE w.from_at <= now()"
    " GROUP BY w.code"
)
"""Of each code, since when the oldest has waited that somebody may take up."""


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


async def of_own_bank(
    tx: Statements, actor: Actor, scopes: frozenset[str], *, rows: int
) -> list[Row]:
    """What somebody else of the caller's bank entered by hand, and what waits for a second word
    under one of the caller's scopes."""
    values = {"subject": actor.subject, "bank": actor.party_code, "rows": rows}
    found: list[Row] = []
    for scope, waiting in _OF_BANKS.items():
        if actor.party_kind == "bank" and scope in scopes:
            found += (await tx.execute(waiting, values)).all()
    return found
