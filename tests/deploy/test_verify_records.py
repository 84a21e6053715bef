"""What decides something and has no case in the log is missed there."""

from __future__ import annotations

from uuid import uuid4

import pytest

from deploy.operate.verify import run
from migrations.filed import filed_ids
from tests.deploy.conftest import Log


async def test_no_id_of_a_seed_hides_what_was_put_in_force_by_hand(
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("deploy.operate.verify.settings_here", lambda _: log.settings)
    known = min(filed_ids("policy_parameters"))
    await log.superuser.execute(
        "INSERT INTO risk_controls (control_id, kind, value, lane, grounds, effective_from,"
        " set_by, set_at) VALUES ($1, 'vehicle_plate', 'X1', 'RED', 'forged', '2026-01-01',"
        " 'a', now())",
        known,
    )

    assert await run() == 1
    assert "risk_controls has a row of which the log has no case" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        (
            "policy_parameters",
            "INSERT INTO policy_parameters (policy_id, key, value, authority, effective_from,"
            " proposed_by, approved_by, approved_at) VALUES ($1, 'hushi.forged', '1', 'a forger',"
            " '2026-01-01', 'a', 'b', now())",
        ),
        (
            "risk_rules",
            "INSERT INTO risk_rules (rule_id, code, title, lane, expression, example, authority,"
            " effective_from, state, proposed_by, proposed_at, decided_by, decided_at) VALUES ($1,"
            " 'FORGED', 't', 'RED', 'true', '{}', 'a forger', '2026-01-01', 'APPROVED', 'a',"
            " now(), 'b', now())",
        ),
        (
            "risk_controls",
            "INSERT INTO risk_controls (control_id, kind, value, lane, grounds, effective_from,"
            " set_by, set_at) VALUES ($1, 'vehicle_plate', 'X1', 'RED', 'forged', '2026-01-01',"
            " 'a', now())",
        ),
        (
            "screening_entries",
            "INSERT INTO screening_entries (entry_id, list_name, reference, kind, match_hash,"
            " added_by, added_at) VALUES ($1, 'OWN', 'F', 'NAME', sha256('f'), 'a', now())",
        ),
    ],
)
async def test_what_was_put_in_force_by_hand_is_missed_in_the_log(
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    table: str,
    statement: str,
) -> None:
    monkeypatch.setattr("deploy.operate.verify.settings_here", lambda _: log.settings)
    assert await run() == 0, "what the versions filed themselves is known"
    await log.superuser.execute(statement, uuid4())
    capsys.readouterr()

    assert await run() == 1
    *named, counted, _ = capsys.readouterr().out.splitlines()
    # A control is besides found by nothing.
    beside = {"control_reach is not by what the control is found"}
    missed = {f"{table} has a row of which the log has no case"}
    assert {line.rpartition(": ")[2] for line in named} - beside == missed
    assert counted.endswith(" broken, 1 rows without a case.")
