"""Seals find by themselves what was cut off or written anew since, and a kept one finds more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from deploy.operate import sealing
from deploy.operate.parts import meanwhile
from deploy.operate.sealing import kept_sealed, last_sealed, seal, standing
from deploy.operate.verify import run, verify
from deploy.operate.verify.seals import keys_known
from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import new_id, uuid_of
from services.kernel.merkle import MerkleRoot, path_of, root_by
from services.kernel.messages import SYSTEM
from services.platform.database import Database
from services.platform.seals import Seal, public_of
from services.platform.settings import role_of
from tests.deploy.conftest import Log, case_filed
from tests.support.acts import append
from tests.support.patience import LOOKS

_TOLD = "tradewindow_last_seal_timestamp_seconds"


@pytest.fixture
async def relay(log: Log) -> AsyncIterator[Database]:
    role = role_of("relay")
    database = Database(log.settings.database_url_for(role), role=role, pool_size=2)
    yield database
    await database.close()


async def go_on(log: Log, step: str) -> None:
    async with log.declaration.transaction() as tx:
        await append(tx, log.lot_id, LotClosed(), step=step, actor=SYSTEM)


async def due(log: Log) -> None:
    """Have the next seal due at once, as after one that was cut short."""
    await log.superuser.execute("SET session_replication_role = replica")
    await log.superuser.execute("UPDATE seals SET cut_short = true")


async def sealed(log: Log, relay: Database) -> Seal:
    """Seals until the log so far is sealed: another's transaction may hold some of it back."""
    for _ in range(LOOKS):
        await due(log)
        made = await seal(relay, log.settings.key("seal_key"))
        assert made is not None
        if await all_sealed(log):
            return made
        await asyncio.sleep(0.05)
    raise AssertionError("something is held back for ever")


async def all_sealed(log: Log) -> bool:
    return not await log.superuser.fetchval(
        "SELECT count(*) FROM cases AS c WHERE NOT EXISTS (SELECT FROM sealed_heads AS h"
        " WHERE h.case_id = c.case_id AND h.hash = c.head)"
    )


async def named(log: Log, seal: str | None = None) -> list[str]:
    report = await verify(log.database, keys=keys_known(log.settings), seal=seal)
    return [str(broken) for broken in report.named]


async def cut(log: Log) -> None:
    """Cut a chain's end off with its head adjusted: by itself it holds."""
    await log.tamper(
        "UPDATE cases SET seq = 2, version = 2,"
        " head = (SELECT hash FROM events AS e WHERE e.case_id = $1 AND e.seq = 2)"
        " WHERE case_id = $1"
    )
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 3")


async def test_a_log_that_goes_on_holds_by_its_seals(log: Log, relay: Database) -> None:
    first = await sealed(log, relay)
    await go_on(log, "again")
    second = await sealed(log, relay)
    assert second.number > first.number
    assert await named(log) == []
    moved = await log.superuser.fetch(
        "SELECT case_id, seq FROM sealed_heads WHERE number = $1", second.number
    )
    assert (uuid_of(log.lot_id, "lot"), 4) in {tuple(row) for row in moved}
    assert len(moved) == 1, "a case in which nothing was recorded is not sealed again"


async def test_a_tail_that_is_cut_is_found_by_the_seal(log: Log, relay: Database) -> None:
    made = await sealed(log, relay)
    await cut(log)
    assert await named(log) == [
        f"{log.lot_id}, event 3: seal {made.number} has it: the end was cut off since"
    ]


async def test_a_chain_written_anew_is_found_by_the_seal(log: Log, relay: Database) -> None:
    made = await sealed(log, relay)
    await log.tamper("DELETE FROM events WHERE case_id = $1")
    await log.tamper("DELETE FROM cases WHERE case_id = $1")
    async with log.declaration.transaction() as tx:
        for step in "012":
            await append(tx, log.lot_id, LotClosed(), step=step, actor=SYSTEM)
    assert (
        f"{log.lot_id}, event 3: seal {made.number} has another: the chain is rewritten"
        in await named(log)
    )


async def test_a_seal_deleted_in_the_middle_is_missed(log: Log, relay: Database) -> None:
    await sealed(log, relay)
    await go_on(log, "again")
    middle = await sealed(log, relay)
    last = await sealed(log, relay)
    for table in ("sealed_heads", "seals"):
        await log.tamper(
            f"DELETE FROM {table} WHERE $1::uuid IS NOT NULL AND number = $2", middle.number
        )
    found = await named(log)
    assert f"seal {last.number}: the seal before it is gone: {middle.number} is missing" in found
    assert any("no seal has it" in one for one in found), "nor is what it sealed in another"


async def test_a_seal_whose_number_was_given_to_the_next_is_missed(
    log: Log, relay: Database
) -> None:
    first = await sealed(log, relay)
    middle, last = await sealed(log, relay), await sealed(log, relay)
    await log.tamper("DELETE FROM seals WHERE $1::uuid IS NOT NULL AND number = $2", middle.number)
    await log.tamper(
        "UPDATE seals SET number = $2 WHERE $1::uuid IS NOT NULL AND number = $3",
        middle.number,
        last.number,
    )
    assert first.number < middle.number
    found = await named(log)
    assert any("it does not follow from the seal before it" in one for one in found)
    assert any("what it says is not what was signed" in one for one in found)


async def test_seals_cut_off_at_the_end_are_missed_by_whoever_kept_one(
    log: Log, relay: Database
) -> None:
    await sealed(log, relay)
    await go_on(log, "again")
    kept = await sealed(log, relay)
    assert await named(log, seal=kept.digest().hex().upper()) == []
    await log.tamper("DELETE FROM seals WHERE $1::uuid IS NOT NULL AND number = $2", kept.number)
    assert f"seal {kept.number}: it is gone: only what it sealed is there" in await named(log)
    await log.tamper(
        "DELETE FROM sealed_heads WHERE $1::uuid IS NOT NULL AND number = $2", kept.number
    )
    assert await named(log) == [], "by themselves the others hold"
    assert await named(log, seal=kept.digest().hex()) == [
        f"seal {kept.digest().hex()}: it was published, and is not among the seals"
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE seals SET root = sha256('x')", "what it says is not what was signed"),
        (
            "UPDATE seals SET sealed_at = sealed_at - interval '1 day'",
            "what it says is not what was signed",
        ),
        (
            "UPDATE seals SET public_key = sha256('x')",
            "what it says is not what was signed",
        ),
        ("UPDATE sealed_heads SET salt = '0123456789abcdef'", "do not give its root"),
        ("UPDATE sealed_heads SET seq = 2", "the chain is rewritten"),
        ("UPDATE sealed_heads SET hash = sha256('x')", "the chain is rewritten"),
        ("DELETE FROM sealed_heads", "no seal has it"),
    ],
)
async def test_a_seal_changed_by_hand_is_named(
    log: Log, relay: Database, change: str, what: str
) -> None:
    await sealed(log, relay)
    await log.tamper(f"{change} WHERE $1::uuid IS NOT NULL")
    assert any(what in one for one in await named(log))


async def test_a_seal_made_anew_under_another_key_is_not_the_operators(
    log: Log, relay: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has the database signs as he likes; the operator's key is not in it."""
    await due(log)
    assert await seal(relay, bytes(32)) is not None
    assert any("not the operator's" in one for one in await named(log))
    assert (await verify(log.database)).broken == 0, "without the key at hand"
    monkeypatch.setattr("deploy.operate.verify.settings_here", lambda _: log.settings)
    assert await run() == 1
    assert public_of(bytes(32)).hex() in capsys.readouterr().out, "so it is told, to be compared"


async def test_events_that_were_passed_over_by_the_seals_are_named(
    log: Log, relay: Database
) -> None:
    await sealed(log, relay)
    await log.tamper("UPDATE seals SET before_xid = 2^40 WHERE $1::uuid IS NOT NULL")
    await go_on(log, "hidden")
    assert await named(log) == [
        f"{log.lot_id}, event 4: it was recorded before the newest seal, and no seal has it"
    ]


async def test_one_seals_at_a_time_and_none_before_it_is_due(log: Log, relay: Database) -> None:
    key = log.settings.key("seal_key")
    await sealed(log, relay)
    await log.superuser.execute("UPDATE seals SET cut_short = false")
    assert await seal(relay, key) is None, "not due yet"
    await due(log)
    async with relay.transaction() as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(7210)"))
        assert await seal(relay, key) is None, "another one seals"
    made = await asyncio.gather(*(seal(relay, key) for _ in range(2)))
    assert sum(one is not None for one in made) >= 1
    assert await named(log) == []


async def test_while_a_transaction_is_left_open_the_log_is_not_said_to_be_sealed(
    log: Log, relay: Database
) -> None:
    await sealed(log, relay)
    async with relay.transaction() as forgotten:
        await forgotten.execute(text("SELECT pg_current_xact_id()"))
        await go_on(log, "held back")
        recorded = datetime.now(UTC)
        await due(log)
        made = await seal(relay, log.settings.key("seal_key"))
        until = await last_sealed(relay)
    assert made is not None
    assert until is not None
    assert until < recorded < made.sealed_at, "what is held back is as old as it is"


async def test_where_no_policy_says_how_often_nothing_is_sealed(log: Log, relay: Database) -> None:
    await log.tamper(
        "DELETE FROM policy_parameters WHERE key = 'platform.seal_minutes' AND $1::uuid IS NOT NULL"
    )
    assert await seal(relay, log.settings.key("seal_key")) is None


async def test_a_seal_takes_no_more_than_so_many_events_and_the_next_goes_on_at_once(
    log: Log, relay: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await case_filed(log.declaration, new_id("lot"))
    monkeypatch.setattr(sealing, "MOST", 3)
    for _ in range(LOOKS):
        if await seal(relay, log.settings.key("seal_key")) is not None:
            continue
        if await all_sealed(log):
            break
        # Another's transaction holds some of it back.
        await due(log)
        await asyncio.sleep(0.05)
    heads = await log.superuser.fetch("SELECT count(*) AS heads FROM sealed_heads GROUP BY number")
    assert len(heads) >= 2 and max(row["heads"] for row in heads) <= 3
    assert await named(log) == []


async def test_a_relay_appends_seals_and_changes_none(log: Log, relay: Database) -> None:
    await sealed(log, relay)
    await log.superuser.execute("SET session_replication_role = DEFAULT")
    for table in ("seals", "sealed_heads"):
        for statement in (f"UPDATE {table} SET number = number + 1", f"DELETE FROM {table}"):
            async with relay.transaction() as tx:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await tx.execute(text(statement))
            with pytest.raises(asyncpg.RestrictViolationError):
                await log.superuser.execute(statement)


async def test_a_running_relay_seals_and_says_when(log: Log, relay: Database) -> None:
    assert standing(await last_sealed(relay))[0]
    async with meanwhile(
        {"seals": partial(kept_sealed, relay, log.settings.key("seal_key"))},
    ):
        # It is told once it is committed.
        for _ in range(LOOKS):
            at = await last_sealed(relay)
            if at is not None and REGISTRY.get_sample_value(_TOLD) == at.timestamp():
                break
            await asyncio.sleep(0.05)
    assert at is not None
    assert standing(at)[0]
    assert not standing(at - sealing.STALE)[0]
    assert REGISTRY.get_sample_value(_TOLD) == at.timestamp()


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 8, 100])
def test_a_leafs_path_leads_to_the_root_and_anothers_does_not(number: int) -> None:
    leaves = [str(n).encode() for n in range(number)]
    root = MerkleRoot()
    for leaf in leaves:
        root.add(leaf)
    for index, leaf in enumerate(leaves):
        path = path_of(leaves, index)
        assert root_by(leaf, path) == root.digest()
        assert root_by(b"another", path) != root.digest()
