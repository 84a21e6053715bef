"""The step of a payment's case: a silent bank is asked again, and nothing is ever assumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.kernel.messages import Case, Standing
from services.settlement.activities import SettlementActivities
from tests.services.settlement.payments import one_offered
from tests.support.bench import Bench

ASK_AFTER, AT_MOST_EVERY, PROMISED = (timedelta(seconds=s) for s in (30, 3600, 60))


async def attended(bench: Bench, instruction_id: str, at: datetime | None = None) -> Standing:
    """The case looked at the record, in its own time."""
    step = SettlementActivities(bench.services.database).attend_payment
    return await step(Case(case_id=instruction_id, at=at))


async def offered_at(bench: Bench, instruction_id: str) -> datetime:
    """When the bank got its message."""
    found: datetime = await bench.sql.fetchval(
        "SELECT offered_at FROM settlement_instructions WHERE instruction_id = $1",
        UUID(hex=instruction_id[4:]),
    )
    return found


async def questions(bench: Bench, instruction_id: str) -> tuple[int, datetime | None]:
    """How often the bank was asked, and when last."""
    row = await bench.sql.fetchrow(
        "SELECT asked_count, asked_at FROM bank_messages WHERE instruction_id = $1",
        UUID(hex=instruction_id[4:]),
    )
    assert row is not None
    return row["asked_count"], row["asked_at"]


async def test_a_bank_is_asked_again_ever_more_slowly_and_a_person_called_once(
    asleep: Bench,
) -> None:
    case = await asleep.start(await asleep.lot())
    now = await offered_at(asleep, case)
    due = now + ASK_AFTER
    pauses, escalated = [ASK_AFTER * 2**n for n in range(1, 8)] + [AT_MOST_EVERY] * 3, False
    assert (await attended(asleep, case, now)).look_at == due
    for number, pause in enumerate(pauses, 1):
        standing = await attended(asleep, case, due)
        assert await questions(asleep, case) == (number, due)
        late = now + PROMISED
        if due < late:
            assert standing.look_at == late
            assert (await attended(asleep, case, late)).look_at == due + pause
        assert standing.state == "OFFERED"
        due += pause
    events = await asleep.events(case)
    assert events.count("BankAskedAgain") == len(pauses)
    assert events.count("SettlementEscalated") == 1
    assert not escalated
    assert (await asleep.read(case))["state"] == "OFFERED", "silence is no payment"


async def test_a_step_taken_twice_asks_once(asleep: Bench) -> None:
    case = await asleep.start(await asleep.lot())
    due = await offered_at(asleep, case) + PROMISED
    first, second = await attended(asleep, case, due), await attended(asleep, case, due)
    assert first == second
    assert (await questions(asleep, case))[0] == 1
    assert (await asleep.events(case)).count("SettlementEscalated") == 1


async def test_a_late_clock_asks_at_once_and_not_for_every_time_that_went_by(
    asleep: Bench,
) -> None:
    case = await asleep.start(await asleep.lot())
    late = await offered_at(asleep, case) + timedelta(days=2)
    standing = await attended(asleep, case, late)
    assert await questions(asleep, case) == (1, late)
    assert standing.look_at == late + 2 * ASK_AFTER


async def test_questions_do_not_raise_the_version_of_the_case(asleep: Bench) -> None:
    case = await asleep.start(await asleep.lot())
    before = (await asleep.read(case))["version"]
    await attended(asleep, case, await offered_at(asleep, case) + timedelta(hours=1))
    assert (await asleep.read(case))["version"] == before


async def test_a_held_case_waits_for_persons_alone(asleep: Bench) -> None:
    case = await asleep.start(await asleep.lot(seller_bank_bic="ICBVVNVX"))
    in_a_week = datetime.now(UTC) + timedelta(days=7)
    assert await attended(asleep, case, in_a_week) == Standing(state="HELD")
    assert "BankAskedAgain" not in await asleep.events(case)


async def test_a_case_that_has_ended_is_left_alone(asleep: Bench) -> None:
    offered = await one_offered(asleep)
    await offered.answer("ACSC")
    before = await asleep.events(offered.instruction_id)
    in_a_week = datetime.now(UTC) + timedelta(days=7)
    standing = await attended(asleep, offered.instruction_id, in_a_week)
    assert standing == Standing(state="SETTLED", ended=True)
    assert await asleep.events(offered.instruction_id) == before


async def test_the_last_look_waits_for_nobody_who_holds_the_case(asleep: Bench) -> None:
    offered = await one_offered(asleep)
    await offered.answer("ACSC")
    held = "SELECT FROM settlement_instructions WHERE instruction_id = $1 FOR UPDATE"
    async with asleep.sql.acquire() as other, other.transaction():
        assert await other.fetch(held, UUID(hex=offered.instruction_id[4:]))
        standing = await attended(asleep, offered.instruction_id)
    assert standing == Standing(state="SETTLED", ended=True)


async def test_a_case_that_nobody_instructed_is_none(asleep: Bench) -> None:
    forged = await attended(asleep, f"stl_{uuid4().hex}")
    assert forged == Standing(state="UNKNOWN", ended=True)
