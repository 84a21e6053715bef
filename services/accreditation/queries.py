"""Accreditations and credit decisions as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.accreditation.domain.states import AEO
from services.kernel.canonical import reference_key
from services.kernel.messages import Actor
from services.platform.columns import reference_key_of
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered
from services.platform.standing import state_told
from services.platform.visibility import sees_all

_AEO_ROWS: Final = """
    SELECT a.*, h.version, v.told_version, d.kind AS pending_kind, d.level AS pending_level,
        d.author AS pending_author, d.grounds AS pending_grounds, r.author AS report_author,
        r.marks, r.failures, r.opinion, r.reported_at, r.signer AS report_signer,
        r.signer_remark AS report_remark, r.signed_at AS report_signed_at
    FROM accreditations AS a
    JOIN cases AS h ON h.case_id = a.aeo_id
    JOIN v_accreditations AS v ON v.aeo_id = a.aeo_id
    LEFT JOIN accreditation_decisions AS d ON d.decision_id = a.pending
    LEFT JOIN on_site_reports AS r
        ON r.aeo_id = a.aeo_id AND r.cycle = a.cycle AND r.round = greatest(a.round, 1)
"""
_AEO_SEEN: Final = " AND (:sees_all OR (:officer AND a.port = :port) OR a.enterprise_code = :code)"
_AEO = text(f"{_AEO_ROWS} WHERE a.aeo_id = :aeo_id {_AEO_SEEN}")
_AEOS = Filtered(
    f"""{_AEO_ROWS}
    WHERE ASKED(a.aeo_id > :after)
        AND ASKED(state: :state
            = {state_told(AEO, "a", outside=":code = a.enterprise_code")})
        AND ASKED({reference_key_of("a.reference")} = :reference) {_AEO_SEEN}
    ORDER BY a.aeo_id LIMIT :rows
    """
)
_SIGNED_ON = text(
    "SELECT cycle, kind, level, grounds, author, signer, agreed, signer_remark, signed_at"
    " FROM accreditation_decisions WHERE aeo_id = :aeo_id AND agreed IS NOT NULL"
    " ORDER BY proposed_at DESC"
)
_CREDITS = Filtered(
    f"SELECT *, {version_of('credit_id')} FROM credit_decisions"
    " WHERE ASKED(credit_id > :after)"
    " AND ASKED(credit_id = :credit_id)"
    " AND ASKED(party = :party)"
    " AND ASKED(state = :state)"
    " AND (:sees_all OR party = :own AND state IN ('IN_FORCE', 'REPLACED'))"
    " ORDER BY credit_id LIMIT :rows"
)


def _seen(actor: Actor) -> dict[str, Any]:
    code = actor.party_code if actor.party_kind == "enterprise" else None
    return {
        "sees_all": sees_all(actor),
        "officer": actor.party_kind == "officer",
        "port": actor.port,
        "code": code,
    }


async def accreditation_get(tx: Statements, aeo_id: UUID, actor: Actor) -> Row | None:
    """One accreditation, None when there is none that the actor may see."""
    found = await tx.execute(_AEO, {"aeo_id": aeo_id, **_seen(actor)})
    return found.one_or_none()


async def decisions_signed_on(tx: Statements, aeo_id: UUID) -> Sequence[Row]:
    """What was proposed of a case and signed or sent back by another officer, the newest first."""
    return (await tx.execute(_SIGNED_ON, {"aeo_id": aeo_id})).all()


async def accreditation_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None,
    reference: str | None,
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Accreditations the actor may see, oldest first."""
    named = None if reference is None else reference_key(reference)
    keys = {"state": state, "reference": named, "after": after, "rows": rows}
    return (await tx.execute(_AEOS, {**keys, **_seen(actor)})).all()


async def credit_list(
    tx: Statements,
    actor: Actor,
    *,
    party: str | None,
    state: str | None,
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Credit decisions with their history: customs and auditors see all.

    A party sees its own once they are signed: of a proposal nobody is told who could hide what it
    is about.
    """
    keys = {"party": party, "state": state, "credit_id": None, "after": after, "rows": rows}
    return (await tx.execute(_CREDITS, {**keys, **_told_of(actor)})).all()


async def credit_get(tx: Statements, credit_id: UUID, actor: Actor) -> Row | None:
    """One credit decision, None when there is none that the actor may see."""
    keys = {"party": None, "state": None, "credit_id": credit_id, "after": None, "rows": 1}
    return (await tx.execute(_CREDITS, {**keys, **_told_of(actor)})).one_or_none()


def _told_of(actor: Actor) -> dict[str, Any]:
    return {"own": actor.party, "sees_all": sees_all(actor) or actor.party_kind == "officer"}
