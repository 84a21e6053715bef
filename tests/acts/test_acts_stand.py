"""An act stands while the engine and every worker are down, and what follows from it follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from tests.acts import (
    accreditation,
    disputes,
    documents,
    draws,
    law,
    lots,
    market,
    name_reports,
    notices,
    passkeys,
    processing,
    registers,
    secondmarket,
    settlement,
    webhooks,
)
from tests.acts.asked import Asked, Builder
from tests.acts.offered import OFFERED
from tests.architecture.routes import every_route
from tests.support.asleep import Asleep
from tests.support.reading import read_at

ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    **lots.ACTS,
    **name_reports.ACTS,
    **registers.ACTS,
    **law.ACTS,
    **passkeys.ACTS,
    **market.ACTS,
    **settlement.ACTS,
    **disputes.ACTS,
    **secondmarket.ACTS,
    **processing.ACTS,
    **webhooks.ACTS,
    **accreditation.ACTS,
    **draws.ACTS,
    **documents.ACTS,
    **notices.ACTS,
}
ELSEWHERE: Final = {
    line
    for line in Path(__file__).with_name("elsewhere.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
CASES: Final = [
    pytest.param(builder, id=f"{route}{'' if number == 0 else f' ({number + 1})'}")
    for route, builders in ACTS.items()
    for number, builder in enumerate(builders)
]


def test_every_act_of_a_person_is_entered_here() -> None:
    acts = {str(route) for route in every_route() if route.method == "POST"}
    assert set(ACTS) | ELSEWHERE == acts
    assert not set(ACTS) & ELSEWHERE


@pytest.mark.proof(keep=20)
@pytest.mark.parametrize("builder", CASES)
async def test_an_act_stands_while_nobody_is_at_work_and_what_follows_from_it_follows(
    asleep: Asleep, builder: Builder
) -> None:
    """Whatever was told before it is lost: what follows, follows from this act."""
    asked = await builder(asleep)
    await asleep.sql.execute("DELETE FROM outbox")
    answer = await asked.sent(asleep)
    assert answer.is_success, answer.text
    on_record = await asked.on_record(asleep)
    assert sorted(on_record) == sorted(asked.events), "of two cases neither comes first"
    await answered_alike_again(asleep, asked, answer.content)
    if asked.lot_id is not None:
        assert (await asleep.harbour.lot(asked.lot_id))["carrying_out"] == asked.carrying_out
    if asked.follows is not None:
        async with asleep.awake():
            await asked.follows(asleep)
    await answered_alike_again(asleep, asked, answer.content)
    assert await asked.on_record(asleep) == on_record


@pytest.mark.proof(keep=30)
@pytest.mark.parametrize("builder", CASES)
async def test_nobody_decides_on_a_version_that_he_has_not_read(
    asleep: Asleep, builder: Builder
) -> None:
    """Also where an act compares none: what is asked for is never passed over in silence."""
    asked = await builder(asleep)
    answer = await asked.sent(asleep, read='"4711"')
    assert (answer.status_code, answer.json()["code"]) == (412, "VERSION_MISMATCH"), answer.text
    assert await asked.on_record(asleep) == ()


SIGNATURES: Final = {str(route) for route in every_route() if route.is_signature}
SIGNED: Final = [
    pytest.param(builder, id=f"{route}{'' if number == 0 else f' ({number + 1})'}")
    for route, builders in ACTS.items()
    if route in SIGNATURES
    for number, builder in enumerate(builders)
]


@pytest.mark.proof(keep=28)
@pytest.mark.parametrize("builder", SIGNED)
async def test_nobody_signs_what_he_has_not_read_and_the_log_keeps_what_he_had(
    asleep: Asleep, builder: Builder
) -> None:
    """The same request is taken as soon as it says what was read; its answer can be signed upon."""
    asked = await builder(asleep)
    blind = await asked.sent(asleep, read="")
    assert (blind.status_code, blind.json()["code"]) == (428, "PRECONDITION_REQUIRED"), blind.text
    assert await asked.on_record(asleep) == ()
    answer = await asked.sent(asleep)
    assert answer.is_success, answer.text
    party = asked.asking(asleep)
    if "etag" in answer.headers:
        assert answer.headers["etag"] == await asked.shown(party)
    read = asked.seen[0].strip('"')
    assert set(await asked.readings(asleep)) <= {read, None}
    assert read in await asked.readings(asleep)


TOLD: Final = [
    pytest.param(route, builder, id=f"{route}{'' if number == 0 else f' ({number + 1})'}")
    for route in OFFERED
    for number, builder in enumerate(ACTS[route])
]


@pytest.mark.proof(keep=15)
@pytest.mark.parametrize(("route", "builder"), TOLD)
async def test_who_may_act_is_told_so_where_he_reads_the_case_and_is_not_refused(
    asleep: Asleep, route: str, builder: Builder
) -> None:
    asked = await builder(asleep)
    shown = await asked.asking(asleep).get(read_at(asked.path))
    assert OFFERED[route](asked.body) in shown["acts"]
    answer = await asked.sent(asleep)
    assert answer.is_success, answer.text


@pytest.mark.parametrize("builder", settlement.ACTS["POST /settlement/v1/bank/statuses"])
async def test_a_banks_message_is_carried_out_once_under_whatever_key_it_comes(
    asleep: Asleep, builder: Builder
) -> None:
    asked = await builder(asleep)
    assert (await asked.sent(asleep)).status_code == 202
    again = replace(asked, key=uuid4().hex)
    assert (await again.sent(asleep)).status_code == 200
    assert sorted(await asked.on_record(asleep)) == sorted(asked.events)
    assert await again.on_record(asleep) == ()


async def answered_alike_again(asleep: Asleep, asked: Asked, first: bytes) -> None:
    """The same key has the same answer for the same request, and none for another."""
    again = await asked.sent(asleep)
    assert again.content == first
    if asked.other == asked.body:
        return
    other = await asked.sent(asleep, other=True)
    assert [error["code"] for error in other.json()["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]
