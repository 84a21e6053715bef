"""Whatever is killed at whatever step, a case of every kind ends as it does undisturbed: the same
events, once each, and the money the same."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from deploy.operate.verify import verify
from migrations.apply import event_types
from services.kernel.events import Event
from tests.support.fates import EVERY_STEP, OTHERS, ended_by_a_stranger, struck, unanswered
from tests.support.lives import LIVES, Outcome, begun, lived
from tests.support.mortals import Place, mortal_window
from tests.support.steps import steps_of_ports
from workflows.kinds import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mortals")]
every_kind: Final = pytest.mark.parametrize("kind", KINDS)
TOGETHER: Final = (
    {
        *("DrawSeedCommitted", "LotScreened"),
        *("InspectionOrdered", "InspectionUnstaffed", "InspectionStaffed"),
    },
    {"LotSettled", "LotClosed"},
    {"BankAskedAgain", "SettlementEscalated"},
    {"AccreditationDecisionLapsed", "ReexaminationFellDue", "ExaminersDrawn"},
)
"""What may be recorded in one step: whoever dies in the first of its events dies in all of them."""
_undisturbed: Final[dict[str, Outcome]] = {}


@pytest.fixture(scope="module")
async def mortal() -> AsyncIterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="tradewindow-mortal-"))
    async with mortal_window(home / "home") as place:
        yield place
    shutil.rmtree(home, ignore_errors=True)


async def undisturbed(place: Place, kind: str) -> Outcome:
    """What becomes of a case of a kind when nothing befalls the window."""
    if kind not in _undisturbed:
        _undisturbed[kind] = await lived(await begun(place, kind), kind)
    return _undisturbed[kind]


async def ends_as_undisturbed(place: Place, kind: str, outcome: Outcome) -> None:
    assert outcome == await undisturbed(place, kind)
    report = await verify(place.harbour.window.assembly.database("window"))
    assert report.broken == 0, report.named


def unasked(outcome: Outcome) -> Counter[str]:
    """The events of kinds that the window records of itself."""
    return Counter(e for case in outcome.events for e in case if Event.registry[e].unasked)


def test_a_case_of_every_kind_lives_here_and_every_service_that_takes_steps() -> None:
    assert LIVES.keys() == KINDS.keys()
    # Risk has no queue: its step is taken in the lot's worker (0092).
    assert steps_of_ports().keys() == {kind.queue for kind in KINDS.values()} | {"risk"}


async def test_every_step_that_nobody_asks_for_is_taken_in_some_life(mortal: Place) -> None:
    taken = {event for kind in KINDS for event in unasked(await undisturbed(mortal, kind))}
    of_cases = {name for name, event in event_types().items() if event.unasked}
    # A draw's seed is a case of its own, which no engine carries; what was on file before, an
    # upgrade finds; and a purchase becomes void in the act that ends its lot.
    others = {e for e in of_cases if e.startswith("DrawSeed")} | {"RecordsFound", "PurchaseVoided"}
    assert of_cases - others == taken


@pytest.mark.proof(keep=1)
@pytest.mark.parametrize("moment", EVERY_STEP)
@every_kind
async def test_a_case_outlives_the_death_of_its_workers_in_every_step(
    mortal: Place, kind: str, moment: str
) -> None:
    expected = (await undisturbed(mortal, kind)).steps
    async with struck(mortal, EVERY_STEP[moment]) as blows:
        outcome = await lived(await begun(mortal, kind), kind)
    await ends_as_undisturbed(mortal, kind, outcome)
    for event, times in expected.items():
        step = next((events for events in TOGETHER if event in events), {event})
        assert sum(blows[e] for e in step) >= times, f"nobody died in {event}: {dict(blows)}"


@pytest.mark.proof(keep=1)
@pytest.mark.parametrize("fate", OTHERS)
@every_kind
async def test_a_case_outlives_the_death_of_whoever_carries_it(
    mortal: Place, kind: str, fate: str
) -> None:
    await undisturbed(mortal, kind)
    async with struck(mortal, OTHERS[fate], kind) as blows:
        outcome = await lived(await begun(mortal, kind), kind)
    await ends_as_undisturbed(mortal, kind, outcome)
    assert blows


@pytest.mark.proof(keep=1)
@every_kind
async def test_every_act_stands_although_the_window_dies_between_its_commit_and_its_answer(
    mortal: Place, kind: str
) -> None:
    await undisturbed(mortal, kind)
    life = await begun(mortal, kind)
    async with unanswered(mortal) as acts:
        outcome = await lived(life, kind)
    await ends_as_undisturbed(mortal, kind, outcome)
    assert acts


@pytest.mark.proof(keep=1)
@pytest.mark.parametrize("how", ["terminated", "completed"])
@every_kind
async def test_a_case_goes_on_although_a_stranger_ends_its_run_before_every_act(
    mortal: Place, kind: str, how: str
) -> None:
    await undisturbed(mortal, kind)
    life = await begun(mortal, kind)
    async with ended_by_a_stranger(mortal, life, how=how) as ended:
        outcome = await lived(life, kind)
    await ends_as_undisturbed(mortal, kind, outcome)
    assert ended[kind]
