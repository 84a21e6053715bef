"""Whoever changes the log behind the window's back is found, and told where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.operate.verify import run, verify
from deploy.operate.verify.report import NAMED_MAX
from services.declaration.domain.events import SharesConfirmed
from services.kernel.events import Event, canonical_json
from services.kernel.identifiers import new_id, uuid_of
from services.kernel.messages import SYSTEM, Answer, Receipt
from services.kernel.notes import ActRefused
from services.kernel.rules.draw import Purpose, commitment, drawn_order
from services.platform.act import Act
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.settings import Settings, role_of
from services.risk.domain.events import RiskControlLifted
from services.settlement.domain.events import SettlementCleared
from tests.deploy.conftest import CLERK, EVENTS, Log, case_filed
from tests.support.acts import append, receipt


@asynccontextmanager
async def opened(settings: Settings, role: str) -> AsyncIterator[Database]:
    """The database as one role sees it."""
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    yield database
    await database.close()


async def test_a_case_that_a_process_dates_backwards_is_named(log: Log) -> None:
    lot_id, yesterday = new_id("lot"), datetime.now(UTC) - timedelta(days=1)
    async with log.declaration.transaction() as tx:
        await append(tx, lot_id, EVENTS[0][0], step="0", actor=SYSTEM, at=yesterday)
    (found,) = await log.findings()
    assert found.startswith(f"{lot_id}, event 1: it is dated ")


async def _draw(log: Log) -> str:
    """Two officers drawn under a seed that has been revealed; the subject of the draw."""
    seed, seed_id, subject = b"s" * 32, uuid4(), f"{new_id('ins')}|1"
    eligible = [new_id("ofc") for _ in range(5)]
    drawn = drawn_order(seed, Purpose.OFFICERS, subject, eligible)[:2]
    await log.superuser.execute(
        "INSERT INTO draw_seeds (seed_id, port, business_on, round, commitment, sealed,"
        " committed_at, closed_by, closed_at, revealed) VALUES ($1, 'DONGXING', '2026-11-18', 1,"
        " $2, '', now(), 'o', now(), $3)",
        seed_id,
        commitment(seed),
        seed,
    )
    await log.superuser.execute(
        "INSERT INTO case_draws (case_id, draw_no, purpose, seed_id, subject, eligible, drawn,"
        " drawn_at) VALUES ($1, 1, 'officers', $2, $1, $3, $4, now())",
        subject,
        seed_id,
        eligible,
        list(drawn),
    )
    return subject


async def test_a_revealed_draw_is_recomputed(log: Log) -> None:
    await _draw(log)

    report = await verify(log.database)

    assert (report.draws, report.named) == (1, [])


async def test_other_officers_than_those_drawn_are_named(log: Log) -> None:
    subject = await _draw(log)
    await log.superuser.execute("SET session_replication_role = replica")
    await log.superuser.execute("UPDATE case_draws SET drawn = ARRAY[drawn[2], drawn[1]]")

    (finding,) = await log.findings()

    assert finding.startswith("draw of DONGXING on 2026-11-18, round 1: ")
    assert subject in finding


async def test_an_untouched_log_holds(log: Log) -> None:
    report = await verify(log.database)

    assert (report.cases, report.events, report.broken) == (2, 6, 0)


async def test_a_changed_body_is_named(log: Log) -> None:
    await log.tamper(
        "UPDATE events SET body = replace(body, 'tickets', 'ticket') WHERE case_id = $1 AND seq = 2"
    )

    assert await log.findings() == [
        f"{log.lot_id}, event 2: its content (type, step, actor, time or body) is not what was"
        " hashed"
    ]


async def test_a_removed_event_is_named(log: Log) -> None:
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 2")

    assert await log.findings() == [
        f"{log.lot_id}, event 2: it is missing; the next one there is event 3"
    ]


async def test_a_removed_event_is_named_even_when_the_rest_is_renumbered(log: Log) -> None:
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 2")
    await log.tamper("UPDATE events SET seq = 2 WHERE case_id = $1 AND seq = 3")

    assert await log.findings() == [
        f"{log.lot_id}, event 2: its previous hash is not the hash of the event before it"
    ]


async def test_a_removed_tail_is_named(log: Log) -> None:
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 3")

    assert await log.findings() == [
        f"{log.lot_id}, event 3: the end was cut off or added: the case has 3 events but the log"
        " ends with 2"
    ]


async def test_a_tail_removed_with_its_count_is_named_by_the_head(log: Log) -> None:
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 3")
    await log.tamper("UPDATE cases SET seq = 2, version = 2 WHERE case_id = $1")

    assert await log.findings() == [
        f"{log.lot_id}, event 2: the head of the case is not the hash of its last event"
    ]


async def test_a_swapped_actor_is_named(log: Log) -> None:
    await log.tamper(
        "UPDATE events SET actor = CASE seq"
        " WHEN 1 THEN (SELECT actor FROM events WHERE case_id = $1 AND seq = 2)"
        " ELSE (SELECT actor FROM events WHERE case_id = $1 AND seq = 1) END"
        " WHERE case_id = $1 AND seq IN (1, 2)"
    )

    assert await log.findings() == [
        f"{log.lot_id}, event 1: its actor was exchanged with that of event 2"
    ]


async def test_a_link_forged_with_its_own_hash_is_named_at_the_next(log: Log) -> None:
    await log.tamper("UPDATE events SET hash = sha256(hash) WHERE case_id = $1 AND seq = 3")
    await log.tamper(
        "UPDATE cases SET head = (SELECT hash FROM events WHERE case_id = $1 AND seq = 3)"
        " WHERE case_id = $1"
    )

    assert [finding[: len(log.lot_id) + 9] for finding in await log.findings()] == [
        f"{log.lot_id}, event 3"
    ]


async def test_a_removed_case_is_named(log: Log) -> None:
    await log.tamper("DELETE FROM cases WHERE case_id = $1")

    assert await log.findings() == [
        f"{uuid_of(log.lot_id, 'lot')}, event 1: the case has events but no head: its row in"
        " cases is gone"
    ]


async def test_an_event_slipped_in_at_the_end_is_named(log: Log) -> None:
    await log.tamper(
        "INSERT INTO events (case_id, seq, xid, type, step, actor, body, occurred_at, prev_hash,"
        " hash) SELECT case_id, 4, xid, type, 'x', actor, body, occurred_at, hash, sha256(hash)"
        " FROM events WHERE case_id = $1 AND seq = 3"
    )

    assert (await log.findings())[0].startswith(f"{log.lot_id}, event 4: its content")


async def _confirmed(log: Log, *, under: Receipt | None, days_ago: int = 0) -> None:
    """An officer's event at the end of the case, appended by no act that answered a request."""
    confirmed = SharesConfirmed(tickets=2, unconfirmed=0, by_mandate=True)
    at = datetime.now(UTC) - timedelta(days=days_ago)
    async with log.declaration.transaction() as tx:
        act = Act(tx, CLERK, at, PolicyCache(), receipt=under)
        act.record(log.lot_id, confirmed, step="forged")
        await act.end()


async def test_a_persons_event_without_a_receipt_is_named(log: Log) -> None:
    await _confirmed(log, under=None)

    assert await log.findings() == [
        f"{log.lot_id}, event 4: it is not the window's own step and carries no receipt"
    ]


@pytest.mark.parametrize("actor", ["", "{}", "[]", '{"role":"gate","receipt":7}', '"system"'])
async def test_an_event_of_nobody_that_can_be_read_is_named_too(log: Log, actor: str) -> None:
    await log.superuser.execute(
        "SELECT append_event($1, 'lot', 'SharesConfirmed', 'forged', $2, '{}', now())",
        uuid_of(log.lot_id, "lot"),
        actor,
    )

    assert await log.findings() == [
        f"{log.lot_id}, event 4: it is not the window's own step and carries no receipt"
    ]


@pytest.mark.parametrize(
    ("service", "kind", "event"),
    [
        ("settlement", "stl", SettlementCleared(released_by=("a", "b"))),
        ("declaration", "lot", SharesConfirmed(tickets=3, unconfirmed=0, by_mandate=True)),
        ("risk", "ctl", RiskControlLifted(book_version=0)),
    ],
    ids=["settlement", "declaration", "risk"],
)
async def test_a_persons_act_that_the_window_says_it_did_itself_is_named(
    log: Log, service: str, kind: str, event: Event
) -> None:
    """As a service that was taken over can write it: under its own role, of its own types."""
    case, role = new_id(kind), role_of(service)
    async with opened(log.settings, role) as database, database.transaction() as tx:
        await append(tx, case, event, actor=SYSTEM)

    assert await log.findings() == [
        f"{case}, event 1: it is an act of a person's and says that the window itself did it"
    ]


async def test_a_type_that_the_code_no_longer_knows_may_have_been_the_windows_own(
    log: Log,
) -> None:
    await log.superuser.execute(
        "INSERT INTO event_types (type, role, changes, ends)"
        " VALUES ('LotForgotten', 'tw_declaration', true, false)"
    )
    await log.superuser.execute(
        "SELECT append_event($1, 'lot', 'LotForgotten', 'old', $2, '{}', now())",
        uuid_of(log.lot_id, "lot"),
        canonical_json(SYSTEM.model_dump(exclude_none=True)),
    )

    assert await log.findings() == []


async def test_a_persons_event_is_named_when_nobody_has_answered_its_request(log: Log) -> None:
    invented = receipt(by=CLERK)
    await _confirmed(log, under=invented)

    (finding,) = await log.findings()
    assert finding.startswith(f"{log.lot_id}, event 4: its service has no answer to the request")
    assert invented.digest.hex()[:12] in finding


async def test_a_receipt_copied_from_another_services_event_is_none(log: Log) -> None:
    """Receipts stand in the log, where every service may read them."""
    case, copied = new_id("stl"), receipt(by=CLERK)
    await log.superuser.execute(
        "INSERT INTO stored_answers (receipt, role, fingerprint, status, body)"
        " VALUES ($1, 'tw_declaration', '', 200, '{}')",
        copied.digest,
    )
    async with opened(log.settings, "tw_settlement") as database, database.transaction() as tx:
        act = Act(tx, CLERK, datetime.now(UTC), PolicyCache(), receipt=copied)
        act.record(case, SettlementCleared(released_by=("a", "b")), step="forged")
        await act.end()

    (finding,) = await log.findings()
    assert finding.startswith(f"{case}, event 1: its service has no answer to the request")


@pytest.mark.parametrize(("status", "holds"), [(409, True), (200, False)])
async def test_a_note_answers_to_a_refusal_and_to_nothing_else(
    log: Log, status: int, holds: bool
) -> None:
    """A request that was carried out was not refused; a note that says so is made up."""
    under = receipt(by=CLERK)
    note = ActRefused(act="share_confirm", code="NOT_A_MEMBER", reasons=())
    async with log.declaration.transaction() as tx:
        act = Act(tx, CLERK, datetime.now(UTC), PolicyCache(), receipt=under)
        act.record(log.lot_id, note, step="refused")
        await act.end(Answer(status=status, body={}))
    found = await log.findings()
    assert (found == []) is holds
    assert all("has no answer to the request it carries" in what for what in found)


async def test_an_answer_that_was_removed_is_missed_at_every_event_of_its_act(log: Log) -> None:
    await log.superuser.execute("DELETE FROM stored_answers")

    found = await log.findings()
    assert [finding.partition(": ")[0][-7:] for finding in found] == ["event 2", "event 2"]


async def unanswered(log: Log) -> list[str]:
    """What is named, but for the dates and the law, which these tests set back and take away."""
    ours = ("it is dated", "the version filed")
    return [one for one in await log.findings() if not any(what in one for what in ours)]


@pytest.mark.parametrize(("days_ago", "named"), [(85, 1), (95, 0)])
async def test_an_answer_is_missed_only_as_long_as_answers_are_kept(
    log: Log, days_ago: int, named: int
) -> None:
    await _confirmed(log, under=receipt(by=CLERK), days_ago=days_ago)

    assert len(await unanswered(log)) == named


async def test_where_answers_were_once_kept_shorter_none_is_missed_from_before(log: Log) -> None:
    await log.superuser.execute(
        "INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,"
        " effective_to, proposed_by, approved_by, approved_at) VALUES (gen_random_uuid(),"
        " 'platform.idempotency_keep_days', '', '30', 'a test', '2019-01-01', '2020-01-01', 'a',"
        " 'b', now())"
    )
    await _confirmed(log, under=receipt(by=CLERK), days_ago=85)

    assert await unanswered(log) == []


async def test_where_answers_are_kept_for_ever_each_is_missed(log: Log) -> None:
    await log.superuser.execute("SET session_replication_role = replica")
    await log.superuser.execute("DELETE FROM policy_parameters WHERE key LIKE 'platform.%'")
    await _confirmed(log, under=receipt(by=CLERK), days_ago=3000)

    assert len(await unanswered(log)) == 1


async def test_the_command_names_what_is_broken_and_ends_with_status_1(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.operate.verify.settings_here", lambda _: log.settings)

    sound = await run()
    said = capsys.readouterr().out
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 2")
    broken = await run()

    assert (sound, said.splitlines()[0]) == (0, "2 cases, 6 events, 0 draws: everything holds.")
    assert "quota_days" in said.splitlines()[1], "what was not compared is named"
    assert broken == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        f"{log.lot_id}, event 2: it is missing; the next one there is event 3",
        "2 cases, 5 events, 0 draws: 1 broken.",
    ]


async def test_many_breaks_are_counted_and_some_are_named(log: Log) -> None:
    for _ in range(NAMED_MAX):
        await case_filed(log.declaration, new_id("lot"))
    await log.tamper("UPDATE events SET body = '{}' WHERE case_id IS DISTINCT FROM $1::uuid")

    report = await verify(log.database)

    assert (report.broken, len(report.named)) == (NAMED_MAX + 1, NAMED_MAX)
