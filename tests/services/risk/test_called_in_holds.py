"""What an officer has called in is not shaken off before its members have confirmed it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.services.risk.test_selected_stays import LOTS, called_in, lane_of, truck
from tests.support.asleep import Asleep
from tests.support.harbour import open_port
from tests.support.window import codes


@pytest.fixture
async def live(asleep: Asleep) -> Asleep:
    """A port of its own that plays no past day, at which a selection is inherited for a week."""
    port = await open_port(asleep.harbour.window, inherited_days="7", replays=False)
    return asleep.at(port)


async def test_a_called_in_lot_that_nobody_confirms_holds_its_truck(live: Asleep) -> None:
    same = {**truck(), "entered_at": datetime.now(UTC).isoformat()}
    group = await live.harbour.group(1, mandated=False)
    lot_id = await live.harbour.accepted(group, values=["10.00"], **same)
    await called_in(live, lot_id)
    assert await lane_of(live, **same) == ("RED", [f"SELECTED_BEFORE:{lot_id}"])


async def test_a_called_in_lot_that_is_still_to_be_screened_holds_its_truck(live: Asleep) -> None:
    same = {**truck(), "entered_at": datetime.now(UTC).isoformat()}
    group = await live.harbour.group(1)
    lot_id = await live.harbour.confirmed(group, values=["10.00"], **same)
    await called_in(live, lot_id, "YELLOW")
    assert await lane_of(live, **same) == ("YELLOW", [f"SELECTED_BEFORE:{lot_id}"])


@pytest.mark.parametrize(
    ("amendment", "code"),
    [({"pieces": 10}, "STATE_CONFLICT"), ({"seller": "Nobody at all"}, "SELLER_UNKNOWN")],
    ids=["amends nothing", "amends wrongly"],
)
async def test_who_amends_nothing_or_wrongly_does_not_learn_what_was_called_in(
    live: Asleep, amendment: dict[str, Any], code: str
) -> None:
    group = await live.harbour.group(1)
    entered_at = datetime.now(UTC).isoformat()
    answers = []
    for wanted in (False, True):
        lot_id = await live.harbour.accepted(
            group, values=["10.00"], pieces=10, entered_at=entered_at, **truck()
        )
        if wanted:
            await called_in(live, lot_id)
        answer = await group.clerk.try_post(f"{LOTS}/{lot_id}/amendments", amendment)
        answers.append((answer.status_code, codes(answer)))
    assert answers == [(409, [code])] * 2
