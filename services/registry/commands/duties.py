"""The roster of a port: who is away, entered by the officer who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_id, show
from services.kernel.refusal import refuse_if_any
from services.kernel.refusals import NOT_FILED_YET
from services.kernel.rule import asked
from services.kernel.skills import SUPERVISES
from services.platform.act import Act
from services.platform.event_log import actor_of
from services.platform.filing import duplicates, failing, invalid_periods, plain
from services.platform.officers import require_fit_officer
from services.platform.periods import Register, periods_file
from services.registry.commands.on_file import written
from services.registry.commands.pool import PoolChange, pool_changes_keep, ports_of
from services.registry.commands.proposal import Proposal, id_of
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import DutyKind, OfficerDuty
from services.registry.domain.rules.duties import (
    another_says_that_one_is_away,
    no_absence_of_a_past_day,
    pool_is_kept,
)
from services.registry.domain.rules.pool import DUTY, dated

DUTIES_BY_DAY: Final = Register(
    "officer_duties",
    key={"officer_id": "uuid"},
    begins="from_on",
    ends="until_on",
    says={"duty": "text"},
)
# Beside the officers filed now stand those who are away by others' filings, whom the port's turn
# has waited for. A day on which fewer are left begins with an absence, or today.
_LEFT = text("""
    WITH pool AS (
        SELECT o.officer_id, s.skill FROM officers AS o, unnest(o.skills) AS s (skill)
        WHERE o.port = :port AND o.active AND s.skill <> :supervises
    ), away AS (
        SELECT d.officer_id, d.valid, greatest(d.from_on, CAST(:today AS date)) AS day
        FROM officer_duties AS d
        WHERE d.duty <> 'ON_DUTY' AND d.officer_id IN (SELECT officer_id FROM pool)
            AND (d.until_on IS NULL OR d.until_on > CAST(:today AS date))
    ), less AS (
        SELECT DISTINCT days.day, pool.skill FROM (SELECT DISTINCT day FROM away) AS days
        JOIN away ON away.valid @> days.day
        JOIN officers AS o ON o.officer_id = away.officer_id AND o.badge_no = ANY(:badges)
        JOIN pool ON pool.officer_id = away.officer_id
    )
    SELECT count(*) AS in_service, count(*) FILTER (
        WHERE NOT EXISTS (
            SELECT FROM away WHERE away.officer_id = pool.officer_id AND away.valid @> less.day
        )
    ) AS on_duty
    FROM less JOIN pool USING (skill) GROUP BY less.day, less.skill
""")
_PORTS_TURN = text("SELECT FROM ports WHERE port = :port FOR NO KEY UPDATE")
_OF_THE_PORT = text(
    "SELECT badge_no, officer_id FROM officers WHERE badge_no = ANY(:badges) AND port = :port"
)


async def duties_file(
    act: Act, duties: Sequence[OfficerDuty], two: Proposal | None = None
) -> dict[str, Any]:
    """File who of one's own port is away, or back, from a day on.

    Who is away is drawn for nothing and decides nothing while it lasts; what he was drawn for is
    drawn again on request. What leaves too few (``leaves_too_few``) is proposed, and filed as the
    roster's keeper said it once another has confirmed it (``two``).
    Refuses OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, DUPLICATE_ROW, PERIOD_OVERLAP, SAME_PERSON,
    PERIOD_INVALID (of a past day too), NOT_FILED_YET (officer at this port).
    """
    today, badges = business_day(act.at), [duty.badge_no for duty in duties]
    keeper = act.actor if two is None else await actor_of(act, two.filing_id, "propose")
    rows = await act.execute(_OF_THE_PORT, badges=badges, port=keeper.port)
    officers = {row.badge_no: row.officer_id for row in rows}
    # Whoever waits for the register's turn is asked afterwards whether he may still keep it.
    turns = [{"officer_id": str(officer)} for officer in officers.values()]
    await act.execute(DUTIES_BY_DAY.turns, rows=canonical_json(turns))
    if two is None:
        await require_fit_officer(act, party="", skill=SUPERVISES)
    await act.execute(_PORTS_TURN, port=keeper.port)
    found = duplicates([(duty.badge_no, duty.from_on) for duty in duties])
    found += invalid_periods([(duty.from_on, duty.until_on) for duty in duties], "until_on")
    found += failing(
        badges, officers.__contains__, NOT_FILED_YET, field="badge_no", kind="officers"
    )
    found += [
        refusal.to(f"/rows/{place}/badge_no")
        for place, badge in enumerate(badges)
        if badge in officers
        for refusal in asked(
            today,
            another_says_that_one_is_away,
            show("ofc", officers[badge]),
            by=keeper.party_code,
        )
    ]
    found += [
        refusal.to(f"/rows/{place}/from_on")
        for place, duty in enumerate(duties)
        for refusal in asked(today, no_absence_of_a_past_day, duty.from_on, today=today)
    ]
    refuse_if_any(found)
    filed = plain(duties)
    for row in filed:
        row["officer_id"] = str(officers[row.pop("badge_no")])
    # Who may be drawn follows from it: it stands beside the port's draws, with who filed it.
    changes = [
        PoolChange(
            keeper.port or "",
            str(officers[duty.badge_no]),
            DUTY,
            # Why somebody is away no draw needs to know.
            dated("BACK" if duty.duty is DutyKind.ON_DUTY else "AWAY", duty.from_on, duty.until_on),
        )
        for duty in duties
    ]
    filing_id, ids = id_of(two) or new_id("imp"), list({officers[badge] for badge in badges})
    return await periods_file(
        act,
        DUTIES_BY_DAY,
        filed,
        kind="duties",
        says=partial(RecordsFiled, ports=ports_of(changes)),
        vouched=[
            written("officer_duties", [show("ofc", one) for one in ids], ids=ids),
            *await pool_changes_keep(act, filing_id, changes),
        ],
        filing_id=filing_id,
    )


async def leaves_too_few(act: Act, duties: Sequence[OfficerDuty]) -> bool:
    """Whether what was just filed leaves, on a day from today on, too few of those of a skill."""
    away = [duty.badge_no for duty in duties if duty.duty is not DutyKind.ON_DUTY]
    if not away:
        return False
    port, today = act.actor.port or "", business_day(act.at)
    share = (await act.law()).integer("registry.on_duty_share_pct", on=today, scope=port)
    values = {"port": port, "badges": away, "today": today, "supervises": SUPERVISES}
    rows = await act.execute(_LEFT, **values)
    return not all(pool_is_kept(row.on_duty, row.in_service, share_pct=share) for row in rows)
