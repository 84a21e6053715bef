"""What changed the pool of a port lately stands beside its draws, with the two who filed it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from deploy.sandbox.parties import Party
from services.kernel.clock import business_day
from tests.support.asleep import Asleep
from tests.support.on_file import officer_filed, officers_as


async def seed_of_today(asleep: Asleep, risk: Party) -> str:
    """Where today's draws of the port stand."""
    day = business_day(datetime.now(UTC)).isoformat()
    body = {"port": asleep.harbour.port, "business_on": day}
    seed = await risk.post("/risk/v1/draw-seeds", body)
    return f"/risk/v1/draw-seeds/{seed['seed_id']}"


def officer_of(port: str, **changes: Any) -> dict[str, Any]:
    row = {"badge_no": uuid4().hex[:10], "name": "关员", "port": port, "team": "T1"}
    return {**row, "skills": ["document"], **changes}


async def test_filings_that_changed_a_pool_stand_beside_the_draws_of_the_port(
    asleep: Asleep,
) -> None:
    window, port = asleep.harbour.window, asleep.harbour.port
    (risk, _) = await officers_as(window.parties, window.sql, "risk_officer", port=port)
    auditor = window.parties.act_as("auditor", "auditor:A1")
    seed = await seed_of_today(asleep, risk)
    before = (await auditor.get(f"{seed}/pool-changes", limit=200))["items"]
    row = officer_of(port)
    await window.on_file("officers", row)
    await window.on_file("officers", officer_of("RUILI"))
    conflict = {"badge_no": row["badge_no"], "party": "enterprise:4506960001"}
    await window.on_file("conflicts", {**conflict, "declared_on": "2026-01-01"})
    for reader in (auditor, risk):
        shown = (await reader.get(f"{seed}/pool-changes", limit=200))["items"]
        came, declared = shown[len(before) :]
        assert (came["what"], came["port"], came["detail"]) == ("IN", port, "document")
        assert (came["filed_by"], came["seconded_by"]) == (
            "platform:registrar",
            "platform:second-registrar",
        )
        assert declared["what"] == "CONFLICT"
        assert declared["officer_id"] == came["officer_id"]
    officer = window.parties.act_as("officer", f"officer:{came['officer_id']}", port=port)
    headers = {"Authorization": f"Bearer {officer.bearer}"}
    told = await officer.http.get(f"{seed}/pool-changes", headers=headers)
    assert told.status_code == 403, "who may be drawn is not told who put whom into the pool"


async def test_pages_of_what_changed_a_pool_go_on_and_old_changes_stand_there_no_more(
    asleep: Asleep,
) -> None:
    window, port = asleep.harbour.window, asleep.harbour.port
    (risk, _) = await officers_as(window.parties, window.sql, "risk_officer", port=port)
    seed = await seed_of_today(asleep, risk)
    rows = [officer_of(port) for _ in range(3)]
    await window.on_file("officers", *rows)
    seen: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await risk.get(f"{seed}/pool-changes", limit=2, **cursor)
        seen += [(item["officer_id"], item["what"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) >= len(rows)
    async with window.sql.acquire() as by_hand, by_hand.transaction():
        await by_hand.execute("SET LOCAL session_replication_role = replica")
        await by_hand.execute(
            "UPDATE pool_changes SET changed_at = changed_at - interval '32 days' WHERE port = $1",
            port,
        )
    assert (await risk.get(f"{seed}/pool-changes"))["items"] == []


async def test_who_is_said_to_be_away_stands_beside_the_draws_of_the_port(asleep: Asleep) -> None:
    window, port = asleep.harbour.window, asleep.harbour.port
    (risk, _) = await officers_as(window.parties, window.sql, "risk_officer", port=port)
    seed = await seed_of_today(asleep, risk)
    row, today = officer_of(port), business_day(datetime.now(UTC)).isoformat()
    await window.on_file("officers", row, officer_of(port), officer_of(port))
    keeper = await officer_filed(window.sql, port, ("supervise",))
    by = window.parties.act_as("officer", f"officer:{keeper}", port=port)
    away = {"badge_no": row["badge_no"], "duty": "LEAVE", "from_on": today, "until_on": None}
    await by.post("/registry/v1/duties", {"rows": [away]})
    last = (await risk.get(f"{seed}/pool-changes", limit=200))["items"][-1]
    assert (last["what"], last["detail"]) == ("DUTY", f"AWAY {today}/..")
    assert (last["filed_by"], last["seconded_by"]) == (f"officer:{keeper}", None)
