"""Who is told of a refused act: who tried it, and those who answer for the case; nobody else."""

from __future__ import annotations

import pytest

from services.gate.domain.events import GatePassed
from services.kernel.messages import Actor
from services.kernel.notes import ActRefused, ReasonNoted
from services.window.domain.rules.disclosure import is_shown
from tests.services.window.conftest import GROUP, PORT, Desk
from tests.services.window.programmer import PASSED, RELEASED, Programmer, deliver
from tests.support.receiver import Receiver

NOTE = ActRefused(
    act="gate_pass",
    code="GATE_WEIGHT_DIFFERS",
    reasons=(ReasonNoted(code="GATE_WEIGHT_DIFFERS", rule="BRT-GATE-WEIGHT"),),
)
GATE = Actor(subject="gate-1", party="gate:DX-1", role="gate", port=PORT)
CLERK = Actor(subject="clerk-1", party=f"group:{GROUP}", role="clerk")
BANK = Actor(subject="teller", party="bank:ICBKCNBJ", role="bank")


def actor(party: str) -> Actor:
    return Actor(subject="somebody", party=party, role=party.partition(":")[0], port=PORT)


@pytest.mark.parametrize(
    ("viewer", "by", "told"),
    [
        ("gate:DX-1", GATE, True),
        ("officer:ofc-1", GATE, True),
        ("auditor:A", GATE, True),
        (f"group:{GROUP}", GATE, False),
        ("resident:res_1", GATE, False),
        ("enterprise:4506960001", CLERK, False),
        (f"group:{GROUP}", CLERK, True),
        ("bank:ICBKCNBJ", BANK, True),
        ("auditor:A", BANK, True),
        ("officer:ofc-1", BANK, False),
        (f"group:{GROUP}", BANK, False),
    ],
)
def test_a_refused_act_is_its_actors_and_the_authoritys_affair(
    viewer: str, by: Actor, told: bool
) -> None:
    assert is_shown("ActRefused", by.party, actor(viewer)) is told
    assert is_shown(GatePassed.__name__, by.party, actor(viewer)), "what was done is everybody's"


async def test_the_timeline_shows_a_note_to_those_alone(desk: Desk) -> None:
    lot = await desk.file_lot()
    await desk.say(lot, NOTE, step="refused:1", actor=GATE)
    await desk.say(lot, PASSED, step="gate", actor=GATE)
    path = f"/window/v1/cases/{lot}/timeline"
    clerk = (await desk.get(path)).json()["items"]
    officer = (await desk.get(path, role="officer", party="officer:ofc-1", port=PORT)).json()
    assert [e["type"] for e in clerk] == ["LotSubmitted", "GatePassed"]
    assert [e["seq"] for e in clerk] == [1, 2], "without a gap"
    (note,) = (e for e in officer["items"] if e["type"] == "ActRefused")
    assert note["body"]["reasons"] == [
        {"code": "GATE_WEIGHT_DIFFERS", "rule": "BRT-GATE-WEIGHT", "values": {}}
    ]
    assert note["actor"] == {"role": "gate", "port": PORT}


async def test_pages_of_a_timeline_go_on_past_what_is_not_shown(desk: Desk) -> None:
    lot = await desk.file_lot()
    await desk.say(lot, NOTE, step="refused:1", actor=GATE)
    await desk.say(lot, PASSED, step="gate", actor=GATE)
    seen: list[str] = []
    after: str | None = "0"
    while after is not None:
        path = f"/window/v1/cases/{lot}/timeline?limit=1&after={after}"
        page = (await desk.get(path)).json()
        seen += [e["type"] for e in page["items"]]
        after = page["next_cursor"]
    assert seen == ["LotSubmitted", "GatePassed"]


async def test_a_webhook_is_told_of_the_own_refused_act_and_of_no_others(
    desk: Desk, programmer: Programmer, receiver: Receiver
) -> None:
    await programmer.register(receiver.url)
    lot = await programmer.lot()
    mine = Actor(subject="clerk", party=f"group:{programmer.group}", role="clerk")
    await desk.say(lot, RELEASED, step="release")
    await desk.say(lot, NOTE, step="refused:1", actor=GATE)
    await desk.say(lot, NOTE, step="refused:2", actor=mine)
    await desk.say(lot, PASSED, step="gate", actor=GATE)
    await deliver(desk)
    assert receiver.types == ["LotReleased", "ActRefused", "GatePassed"]
