"""The rule book: risk rules worded by one officer and approved by another, and controls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.credit_level import CreditLevel
from services.kernel.events import Event
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lanes import Lane
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import THEN, locked_version_of
from services.platform.officers import require_officer
from services.platform.two_persons import require_another
from services.risk.domain import refusals
from services.risk.domain.events import (
    RiskControlLifted,
    RiskControlSet,
    RiskRuleApproved,
    RiskRuleKept,
    RiskRuleProposed,
    RiskRuleRejected,
    RiskRuleRetired,
    RiskRuleRetirementProposed,
)
from services.risk.domain.rules.expression import oddities, require_expression
from services.risk.domain.rules.screening import RiskRule, RuleBook
from services.risk.domain.rules.two_officers import two_change_the_book
from services.risk.queries.rules import rule_stands
from services.risk.queries.screening import lot_facts

_RULES = text(
    "SELECT rule_id, code, lane, expression, effective_from, effective_to FROM risk_rules"
    " WHERE state = 'APPROVED' ORDER BY code, effective_from"
)
_VERSION = text("SELECT version FROM rule_book")
# The one row of the book's version is the turnstile: what changes the book passes one at a time.
_RAISE = text("UPDATE rule_book SET version = version + 1 RETURNING version")
_PROPOSE = text(
    "INSERT INTO risk_rules (rule_id, code, title, lane, expression, example, authority,"
    " effective_from, effective_to, state, proposed_by, proposed_at, warnings, titles)"
    " VALUES (:rule_id, :code, :title, :lane, :expression, CAST(:example AS jsonb), :authority,"
    " :effective_from, :effective_to, 'PROPOSED', :proposed_by, :at, :warnings,"
    " CAST(:titles AS jsonb))"
    " RETURNING *, 1 AS version"
)
_NEWEST_LOTS = text(
    """
    SELECT l.*, coalesce(c.level, 'ORDINARY') AS credit_level
    FROM (SELECT * FROM v_lots ORDER BY lot_id DESC LIMIT 200) AS l
    LEFT JOIN v_credit_levels AS c ON c.party = l.submitted_by AND c.state = 'IN_FORCE'
    """
)
_PROPOSED = text("SELECT 1 FROM risk_rules WHERE code = :code AND state = 'PROPOSED'")
_RULE = text(
    f"SELECT *, {locked_version_of('rule_id')} FROM risk_rules WHERE rule_id = :rule_id FOR UPDATE"
)
# The new wording takes over from its first day and for good: an older one does not come back when
# the new one ends, and one that would begin later never begins. An exclusion constraint says that
# no day has two.
_REPLACE = text(
    "UPDATE risk_rules SET effective_to = greatest(effective_from, :day)"
    " WHERE code = :code AND state = 'APPROVED'"
    " AND (effective_to IS NULL OR effective_to > :day)"
)
_ASK_RETIREMENT = text(
    "UPDATE risk_rules SET retires_on = :ends_on, retirement_grounds = :grounds,"
    " retirement_asked_by = :by, retirement_no = retirement_no + 1"
    f" WHERE rule_id = :rule_id RETURNING *, {THEN}"
)
_RETIRE = text(
    "UPDATE risk_rules SET effective_to = greatest(effective_from, retires_on), retired_by = :by"
    f" WHERE rule_id = :rule_id RETURNING *, {THEN}"
)
_KEEP = text(
    "UPDATE risk_rules SET retires_on = NULL, retirement_grounds = NULL,"
    f" retirement_asked_by = NULL WHERE rule_id = :rule_id RETURNING *, {THEN}"
)
_DECIDE = text(
    "UPDATE risk_rules SET state = :state, decided_by = :decided_by, decided_at = :at"
    f" WHERE rule_id = :rule_id RETURNING *, {THEN}"
)
# With the key by which the lots that it reaches find it.
_SET = text(
    """
    WITH made AS (
        INSERT INTO risk_controls (control_id, kind, value, resident_id, lane, grounds,
            effective_from, effective_to, set_by, set_at) VALUES (:control_id, :kind, :value,
            :resident_id, :lane, :grounds, :effective_from, :effective_to, :set_by, :at)
        RETURNING *
    ), found_by AS (
        INSERT INTO control_reach (kind, key, control_id)
        SELECT CASE WHEN kind IN ('hs_code', 'hs_prefix') THEN 'goods' ELSE kind END,
            reach_key(value), control_id
        FROM made
    )
    SELECT *, 1 AS version FROM made
    """
)
_CONTROL = text(
    f"SELECT *, {locked_version_of('control_id')} FROM risk_controls"
    " WHERE control_id = :control_id FOR UPDATE"
)
_LIFT = text(
    "WITH found_by AS (DELETE FROM control_reach WHERE control_id = :control_id)"
    " UPDATE risk_controls SET lifted_by = :lifted_by, lifted_at = :at"
    f" WHERE control_id = :control_id RETURNING *, {THEN}"
)


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """A rule as a risk officer words it."""

    code: str
    title: str
    lane: Lane
    expression: str
    example: Mapping[str, Any]
    authority: str
    effective_from: date
    effective_to: date | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    """The title by language, where it is worded in one."""


@dataclass(frozen=True, slots=True)
class ControlOrder:
    """A control as a risk officer sets it (布控)."""

    kind: str
    value: str
    lane: Lane
    grounds: str
    effective_from: date
    effective_to: date | None = None


class RuleBookCache:
    """Keeps the book that belongs to the newest version; a change is seen by the next lot."""

    def __init__(self) -> None:
        self._book = RuleBook(-1, ())

    async def at_version(self, tx: Statements, version: int) -> RuleBook:
        """The book of a version that the caller read together with its other facts.

        When the book changes while it is read, it is read again: a book is never a mixture.
        """
        while self._book.version != version:
            book = await _load(tx, version)
            version = (await tx.execute(_VERSION)).scalar_one()
            self._book = book
        return self._book


async def _load(tx: Statements, version: int) -> RuleBook:
    rules = tuple(
        RiskRule(
            show("rul", r.rule_id),
            r.code,
            Lane(r.lane),
            r.expression,
            r.effective_from,
            r.effective_to,
        )
        for r in await tx.execute(_RULES)
    )
    return RuleBook(version, rules)


async def rule_propose(act: Act, proposal: RuleProposal) -> Row:
    """File a rule for approval, with what is odd about it by the newest lots.

    Raises Refused OFFICER_NOT_ON_FILE, RULE_INVALID, RULE_PENDING.
    """
    await require_officer(act)
    require_expression(proposal.expression, proposal.example)
    if (await act.execute(_PROPOSED, code=proposal.code)).first() is not None:
        raise Refused(refusals.RULE_PENDING.at(code=proposal.code))
    rows = await act.execute(_NEWEST_LOTS)
    lots = [lot_facts(row, CreditLevel(row.credit_level)).variables() for row in rows]
    warnings = oddities(proposal.expression, proposal.example, lots)
    rule_id = new_uuid()
    proposed = await act.execute(
        _PROPOSE,
        rule_id=rule_id,
        code=proposal.code,
        title=proposal.title,
        titles=json.dumps(dict(proposal.titles), ensure_ascii=False),
        lane=proposal.lane.value,
        expression=proposal.expression,
        example=json.dumps(dict(proposal.example), ensure_ascii=False),
        authority=proposal.authority,
        effective_from=proposal.effective_from,
        effective_to=proposal.effective_to,
        proposed_by=act.actor.subject,
        at=act.at,
        warnings=warnings,
    )
    event = RiskRuleProposed(
        code=proposal.code,
        lane=proposal.lane.value,
        expression=proposal.expression,
        effective_from=proposal.effective_from,
        effective_to=proposal.effective_to,
    )
    act.record(show("rul", rule_id), event, step="propose")
    row: Row = proposed.one()
    return row


async def rule_decide(act: Act, rule_id: UUID, *, approve: bool) -> Row:
    """Approve or reject a proposed rule.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, STATE_CONFLICT, SAME_PERSON.
    """
    version = (await act.execute(_RAISE)).scalar_one() if approve else None
    row = await _rule(act, rule_id)
    if row.state != "PROPOSED":
        raise Refused(DECIDED_BEFORE.at(state=row.state))
    case = show("rul", rule_id)
    await require_another(act, case, "propose", two_change_the_book)
    if version is not None:
        await act.execute(_REPLACE, code=row.code, day=row.effective_from)
        act.record(case, RiskRuleApproved(code=row.code, book_version=version), step="decide")
    else:
        act.record(case, RiskRuleRejected(code=row.code), step="decide")
    decided = {"state": "APPROVED" if approve else "REJECTED", "decided_by": act.actor.subject}
    found = {"rule_id": rule_id, "version": row.version}
    shown: Row = (await act.execute(_DECIDE, **found, at=act.at, **decided)).one()
    return shown


async def retirement_propose(act: Act, rule_id: UUID, *, ends_on: date, grounds: str) -> Row:
    """Want an approved rule to end on a day from today on; another risk officer decides.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, STATE_CONFLICT, RETIREMENT_PENDING,
    REQUEST_INVALID.
    """
    row = await _rule(act, rule_id)
    if ends_on < business_day(act.at):
        raise Refused(refusals.RETIREMENT_PAST.at("/ends_on"))
    if row.state != "APPROVED" or rule_stands(row).has_ended(ends_on):
        raise Refused(refusals.RULE_NOT_IN_FORCE.at())
    if row.retires_on is not None:
        raise Refused(refusals.RETIREMENT_PENDING.at(code=row.code))
    found = {"rule_id": rule_id, "version": row.version}
    asked = {"ends_on": ends_on, "grounds": grounds, "by": act.actor.subject}
    shown: Row = (await act.execute(_ASK_RETIREMENT, **found, **asked)).one()
    event = RiskRuleRetirementProposed(code=row.code, ends_on=ends_on)
    act.record(show("rul", rule_id), event, step=f"retire:{shown.retirement_no}")
    return shown


async def retirement_decide(act: Act, rule_id: UUID, *, approve: bool) -> Row:
    """Let a rule end as another risk officer proposed, or keep it.

    It ends neither on a day that is over nor later than another wording has ended it meanwhile:
    then it can only be kept as it is. Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE,
    STATE_CONFLICT, SAME_PERSON.
    """
    version = (await act.execute(_RAISE)).scalar_one() if approve else None
    row = await _rule(act, rule_id)
    if not rule_stands(row).waits_for_its_end:
        raise Refused(refusals.NO_RETIREMENT.at())
    case = show("rul", rule_id)
    await require_another(act, case, f"retire:{row.retirement_no}", two_change_the_book)
    event: Event = RiskRuleKept(code=row.code)
    if version is not None:
        _still_to_end(row, business_day(act.at))
        event = RiskRuleRetired(code=row.code, ends_on=row.retires_on, book_version=version)
    act.record(case, event, step=f"retired:{row.retirement_no}")
    ended = {} if version is None else {"by": act.actor.subject}
    statement = _KEEP if version is None else _RETIRE
    found = {"rule_id": rule_id, "version": row.version}
    shown: Row = (await act.execute(statement, **found, **ended)).one()
    return shown


def _still_to_end(row: Row, today: date) -> None:
    """Raises Refused STATE_CONFLICT."""
    if rule_stands(row).has_ended(row.retires_on):
        raise Refused(refusals.RULE_NOT_IN_FORCE.at())
    if row.retires_on < today:
        raise Refused(refusals.RETIREMENT_LATE.at(ends_on=row.retires_on))


async def _rule(act: Act, rule_id: UUID) -> Row:
    """The rule as it was read, locked.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, PRECONDITION_REQUIRED, VERSION_MISMATCH.
    """
    row = await act.found(_RULE, rule_id=rule_id)
    await require_officer(act)
    act.require_version(show("rul", rule_id), row.version)
    return row


async def control_set(act: Act, order: ControlOrder) -> Row:
    """Set a control; it holds for the next lot. Raises Refused OFFICER_NOT_ON_FILE."""
    await act.execute(_RAISE)
    await require_officer(act)
    control_id = new_uuid()
    made = await act.execute(
        _SET,
        control_id=control_id,
        kind=order.kind,
        value=order.value,
        resident_id=_resident(order),
        lane=order.lane.value,
        grounds=order.grounds,
        effective_from=order.effective_from,
        effective_to=order.effective_to,
        set_by=act.actor.subject,
        at=act.at,
    )
    event = RiskControlSet(
        kind=order.kind,
        value=order.value,
        lane=order.lane.value,
        effective_from=order.effective_from,
        effective_to=order.effective_to,
    )
    act.record(show("ctl", control_id), event, step="set")
    row: Row = made.one()
    return row


def _resident(order: ControlOrder) -> UUID | None:
    """The resident under control, whose shares stand in lots that others declare."""
    kind, _, code = order.value.partition(":")
    return uuid_of(code, "res") if order.kind == "party" and kind == "resident" else None


async def control_lift(act: Act, control_id: UUID) -> Row:
    """Lift a control (解控).

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, STATE_CONFLICT, SAME_PERSON.
    """
    version = (await act.execute(_RAISE)).scalar_one()
    row = await act.found(_CONTROL, control_id=control_id)
    await require_officer(act)
    case = show("ctl", control_id)
    act.require_version(case, row.version)
    if row.lifted_at is not None:
        raise Refused(DECIDED_BEFORE.at(state="LIFTED"))
    await require_another(act, case, "set", two_change_the_book)
    act.record(case, RiskControlLifted(book_version=version), step="lift")
    lifted = {"control_id": control_id, "version": row.version, "lifted_by": act.actor.subject}
    shown: Row = (await act.execute(_LIFT, at=act.at, **lifted)).one()
    return shown
