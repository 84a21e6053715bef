"""The keys of banks' signatures: a new one is proposed by one registrar and decided by another.

Whoever holds a bank's key speaks for its money, so no one person puts a key in another's place. Two
may be in force for a while, so that a bank changes without a moment at which neither is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day, instant_shown
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import locked_version_of
from services.platform.signing_keys import thumbprint, verification
from services.platform.two_persons import require_another
from services.platform.vouching import vouched_for
from services.registry.commands.on_file import written
from services.registry.domain import events, refusals
from services.registry.domain.model import BankKeyProposal
from services.registry.domain.rules.change import change_has_been_seen
from services.registry.domain.rules.identity import public_key_is_acceptable
from services.registry.domain.rules.keys import two_registrars_change_a_key

# The bank's row is the turnstile: of two decisions on its keys the second sees the first.
_BANK = text("SELECT bic FROM banks WHERE bic = :bic FOR UPDATE")
_KEYS = text("SELECT public_key FROM v_bank_keys WHERE bic = :bic")
_PROPOSE = text("""
    INSERT INTO bank_keys (key_id, bic, public_key, overlap_hours, wished_from, state, proposed_by,
        proposed_at, confirm_from)
    VALUES (:key_id, :bic, CAST(:public_key AS jsonb), :overlap_hours,
        CAST(:wished_from AS timestamptz), 'PROPOSED', :proposed_by, :at,
        CAST(:confirm_from AS timestamptz))
""")
_PROPOSED = text(
    f"SELECT *, {locked_version_of('key_id')} FROM bank_keys WHERE key_id = :key_id FOR UPDATE"
)
_IN_FORCE = text("""
    SELECT valid_until FROM v_bank_keys
    WHERE bic = :bic AND (valid_until IS NULL OR valid_until > CAST(:start AS timestamptz))
    ORDER BY valid_until NULLS LAST
""")
# Every key before this one ends with the overlap, or when it would have ended anyway.
_DECIDE = text("""
    WITH decided AS (
        UPDATE bank_keys SET state = CAST(:state AS text), decided_by = :decided_by,
            decided_at = :at, valid_from = CAST(:start AS timestamptz)
        WHERE key_id = :key_id
    ), ended AS (
        UPDATE bank_keys SET
            valid_until = least(valid_until, CAST(:previous_until AS timestamptz))
        WHERE bic = :bic AND key_id <> :key_id AND state = 'APPROVED'
            AND CAST(:previous_until AS timestamptz) IS NOT NULL
    )
    UPDATE banks SET key_until = least(key_until, CAST(:previous_until AS timestamptz))
    WHERE bic = :bic AND CAST(:previous_until AS timestamptz) IS NOT NULL
""")


def key_is_readable(jwk: Mapping[str, Any]) -> bool:
    """Whether signatures can be checked by a key as it is filed, and nothing private is in it."""
    try:
        verification(jwk)
    except ValueError:
        return False
    return public_key_is_acceptable(jwk)


async def bank_key_propose(act: Act, bic: str, wish: BankKeyProposal) -> dict[str, Any]:
    """Propose a new key for a bank; nothing changes until another registrar agrees.

    Refuses NOT_FOUND, KEY_INVALID, KEY_ON_FILE, OVERLAP_TOO_LONG, POLICY_MISSING.
    """
    if not key_is_readable(wish.public_key):
        raise Refused(refusals.KEY_INVALID.at("/public_key"))
    await act.found(_BANK, bic=bic)
    law, today = await act.law(), business_day(act.at)
    most = law.integer("bank.key_overlap_max_h", on=today)
    if wish.overlap_hours > most:
        raise Refused(refusals.OVERLAP_TOO_LONG.at("/overlap_hours", most=most))
    if await _is_known(act, bic, wish.public_key):
        raise Refused(refusals.KEY_ON_FILE.at("/public_key"))
    key_id = new_uuid()
    seen = timedelta(hours=law.integer("registry.bank_key_cooling_h", on=today))
    await act.execute(
        _PROPOSE,
        key_id=key_id,
        bic=bic,
        public_key=canonical_json(wish.public_key),
        overlap_hours=wish.overlap_hours,
        wished_from=wish.valid_from,
        proposed_by=act.actor.subject,
        at=act.at,
        confirm_from=act.at + seen,
    )
    case = show("bky", key_id)
    proposed = events.BankKeyProposed(
        bic=bic,
        thumbprint=thumbprint(wish.public_key),
        overlap_hours=wish.overlap_hours,
        confirm_from=act.at + seen,
        digests=await vouched_for(act, case, [written("bank_keys", [bic], codes=[bic])]),
    )
    act.record(case, proposed, step="propose")
    counts = {"valid_from": None, "previous_until": None}
    return {"key_id": case, "state": "PROPOSED", "version": 1, **counts}


async def bank_key_decide(act: Act, key_id: UUID, *, approve: bool) -> dict[str, Any]:
    """A second registrar's word on a proposed key; agreed, it counts and the earlier one ends.

    Refuses NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT (decided before),
    SAME_PERSON, COOLING_TIME (agreed to before the bank could see it), KEY_ON_FILE (by another
    proposal meanwhile), KEYS_TWO_AT_MOST.
    """
    proposed = await act.found(_PROPOSED, key_id=key_id)
    await act.execute(_BANK, bic=proposed.bic)
    case = show("bky", key_id)
    act.require_version(case, proposed.version)
    if proposed.state != "PROPOSED":
        raise Refused(DECIDED_BEFORE.at())
    await require_another(act, case, "propose", two_registrars_change_a_key)
    if approve and proposed.confirm_from is not None:
        seen_from, today = proposed.confirm_from, business_day(act.at)
        refuse_if_any(asked(today, change_has_been_seen, seen_from, now=act.at))
    if approve and await _is_known(act, proposed.bic, proposed.public_key):
        raise Refused(refusals.KEY_ON_FILE.at())
    start, until = await _turn_of_keys(act, proposed) if approve else (None, None)
    state = "APPROVED" if approve else "REJECTED"
    await act.execute(
        _DECIDE,
        key_id=key_id,
        bic=proposed.bic,
        state=state,
        decided_by=act.actor.subject,
        at=act.at,
        start=start,
        previous_until=until,
    )
    said = {
        "valid_from": instant_shown(start),
        "previous_until": instant_shown(until),
    }
    bic = proposed.bic
    digests = await vouched_for(act, case, [written("bank_keys", [bic], codes=[bic])])
    decided = events.BankKeyDecided(bic=bic, approved=approve, digests=digests, **said)
    act.record(case, decided, step="decide")
    return {"key_id": case, "state": state, "version": proposed.version + 1, **said}


async def _is_known(act: Act, bic: str, public_key: Mapping[str, Any]) -> bool:
    """Whether this key is or was the bank's, however either of the two is written."""
    new = thumbprint(public_key)
    for filed in (await act.execute(_KEYS, bic=bic)).scalars():
        try:
            if thumbprint(filed) == new:
                return True
        except ValueError:  # filed before keys were read; no signature counts under it
            continue
    return False


async def _turn_of_keys(act: Act, proposed: Row) -> tuple[datetime, datetime]:
    """From when the new key counts, and until when the one before it does."""
    start = max(proposed.wished_from or act.at, act.at)
    ends = (await act.execute(_IN_FORCE, bic=proposed.bic, start=start)).scalars()
    if len(ends) > 1:
        raise Refused(refusals.KEYS_TWO_AT_MOST.at(until=ends[0]))
    return start, start + timedelta(hours=proposed.overlap_hours)
