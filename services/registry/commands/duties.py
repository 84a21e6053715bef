"""The roster of a port: who is away, entered by the officer who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_id, show
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import NOT_FILED_YET
from services.kernel.rule import asked
from services.kernel.skills import SUPERVISES
from services.platform.act import Act
from services.platform.filing import duplicates, failing, invalid_periods, plain
from services.platform.officers import require_fit_officer
from services.platform.periods import Register, periods_file
from services.registry.commands.on_file import written
from services.registry.commands.pool import PoolChange, pool_changes_keep, ports_of
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import DutyKind, OfficerDuty
from services.registry.domain.rules.duties import another_says_that_one_is_away
from services.registry.domain.rules.pool import DUTY, dated

DUTIES_BY_DAY: Final = Register(
    "officer_duties",
    key={"officer_id": "uuid"},
    begins="from_on",
    ends="until_on",
    says={"duty": "text"},
)
_OF_THE_PORT = text(
    "SELECT badge_no, officer_id FROM officers WHERE badge_no = ANY(:badges) AND port = :port"
)


async def duties_file(act: Act, duties: Sequence[OfficerDuty]) -> dict[str, Any]:
    """File who of one's own port is away, or back, from a day on.

    Who is away is drawn for nothing and decides nothing while it lasts; what he was drawn for is
    drawn again on request. Refuses OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE (without the skill),
    DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (officer at this port), SAME_PERSON,
    PERIOD_OVERLAP.
    """
    badges = [duty.badge_no for duty in duties]
    rows = await act.execute(_OF_THE_PORT, badges=badges, port=act.actor.port)
    officers = {row.badge_no: row.officer_id for row in rows}
    # Whoever waits for the register's turn is asked afterwards whether he may still keep it.
    turns = [{"officer_id": str(officer)} for officer in officers.values()]
    await act.execute(DUTIES_BY_DAY.turns, rows=canonical_json(turns))
    await require_fit_officer(act, party="", skill=SUPERVISES)
    found = duplicates([(duty.badge_no, duty.from_on) for duty in duties])
    found += invalid_periods([(duty.from_on, duty.until_on) for duty in duties], "until_on")
    found += failing(
        badges, officers.__contains__, NOT_FILED_YET, field="badge_no", kind="officers"
    )
    found += [
        refusal.to(f"/rows/{place}/badge_no")
        for place, badge in enumerate(badges)
        if badge in officers
        for refusal in _own(act, show("ofc", officers[badge]))
    ]
    refuse_if_any(found)
    filed = plain(duties)
    for row in filed:
        row["officer_id"] = str(officers[row.pop("badge_no")])
    # Who may be drawn follows from it: it stands beside the port's draws, with who filed it.
    changes = [
        PoolChange(
            act.actor.port or "",
            str(officers[duty.badge_no]),
            DUTY,
            # Why somebody is away no draw needs to know.
            dated("BACK" if duty.duty is DutyKind.ON_DUTY else "AWAY", duty.from_on, duty.until_on),
        )
        for duty in duties
    ]
    filing_id, ids = new_id("imp"), list({officers[badge] for badge in badges})
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


def _own(act: Act, officer_id: str) -> list[Refusal]:
    today = business_day(act.at)
    return asked(today, another_says_that_one_is_away, officer_id, by=act.actor.party_code)
