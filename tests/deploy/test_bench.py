"""The bench tells what it found in one shape; what that is depends on the machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from rich.console import Console

from deploy.bench import run
from deploy.bench.acceptance import STATEMENT, acceptances
from deploy.bench.cost import Meter
from deploy.bench.figures import TARGETS, Figures
from deploy.bench.ground import Resident
from deploy.bench.intake import submits
from deploy.bench.load import Result
from deploy.bench.measures import measures_named
from deploy.bench.screening import LOAD
from deploy.local.stack import Endpoints
from deploy.operate.data_directory import LocalError

ROOT = Path(__file__).resolve().parents[2]


def test_a_figure_is_told_as_median_least_most_and_rounds() -> None:
    figures = Figures()
    for value in (0.31, 0.2, 0.25):
        figures.ratio("submit_vs_floor", value)
    figures.absolute("submit_per_s", 640)
    assert json.loads(figures.text()) == {
        "ratios": {"submit_vs_floor": {"median": 0.25, "min": 0.2, "max": 0.31, "rounds": 3}},
        "absolute": {"submit_per_s": {"median": 640, "min": 640, "max": 640, "rounds": 1}},
    }


def test_the_tables_name_each_ratio_with_its_target_and_whether_it_is_met() -> None:
    figures = Figures()
    figures.ratio("lot266_vs_lot1", 1.2)
    figures.ratio("submit_vs_floor", 0.05)
    written = StringIO()
    figures.print(Console(file=written, width=120))
    assert "<= 2 met" in written.getvalue()
    assert ">= 0.22 missed" in written.getvalue()


def test_every_ratio_has_a_target_and_no_other_can_be_told() -> None:
    assert all(target.least is not None or target.most is not None for target in TARGETS.values())
    with pytest.raises(KeyError):
        Figures().ratio("statements_per_moon", 1.0)


def test_the_floor_under_a_submit_is_put_together_without_a_database() -> None:
    residents = [Resident("S", uuid4(), "DX-S1"), Resident("T", uuid4(), "DX-S1")]
    wanted = {int(number) for number in re.findall(r"\$(\d+)", STATEMENT)}
    assert [len(row) for row in acceptances(residents, 3)] == [max(wanted)] * 3


def test_a_quantile_is_a_latency_that_was_measured() -> None:
    load = Result(seconds=2.0, latencies=[0.3, 0.1, 0.2, 0.4])
    assert load.per_second == 2.0
    assert load.quantile(0.5) == 0.3
    assert load.quantile(0.99) == 0.4


def test_an_unknown_measure_and_no_round_are_refused_in_a_sentence() -> None:
    with pytest.raises(LocalError, match="submit_vs_floor"):
        run(only="moon_vs_sun")
    with pytest.raises(LocalError, match="round"):
        run(rounds=0)


def test_measures_are_named_together_and_taken_in_their_own_order() -> None:
    assert measures_named("dongxing_day, flow_vs_empty") == ["flow_vs_empty", "dongxing_day"]
    with pytest.raises(LocalError, match=r"no measure 'moon_vs_sun'; there are .*flow_vs_empty"):
        measures_named("flow_vs_empty,moon_vs_sun")


@pytest.mark.parametrize(("replicas", "connections"), [(1, 8), (4, 8), (16, 32)])
async def test_every_replica_has_a_request_to_work_at_and_one_that_waits(
    monkeypatch: pytest.MonkeyPatch, replicas: int, connections: int
) -> None:
    opened: list[int] = []

    async def load(ports: Sequence[int], requests: Sequence[bytes], *, connections: int) -> Result:
        opened.append(connections)
        return Result(statuses=Counter({201: 1}))

    monkeypatch.setattr("deploy.bench.intake.as_fast_as_possible", load)
    ground: Any = SimpleNamespace(one_ticket_lots=lambda number: [b""] * number)
    await submits(ground, range(replicas), 1)
    assert opened == [connections]


#: One child works and is collected, another one works and stays; then it waits to be ended.
WORKING = """
import os, sys, time
def child():
    pid = os.fork()
    while not pid and time.process_time() < 0.3:
        pass
    return pid
collected = child()
if not collected:
    os._exit(0)
os.waitpid(collected, 0)
if not child():
    print("done", flush=True)
sys.stdin.read()
"""


def test_processor_time_is_that_of_a_process_and_its_children_alive_or_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as working:
        if working.stdin is None or working.stdout is None:
            raise AssertionError("both were asked for")
        working.stdout.readline()
        spent = Meter(window=working.pid, engine=os.getpid(), database=working.pid).read()
        working.stdin.close()
    # Either of them alone would be a third of a second; the kernel counts in hundredths.
    assert spent.window > 0.5
    assert spent.engine > spent.window, "who has children is charged with them"


def test_nothing_outside_the_bench_imports_it() -> None:
    code = [f for package in ("deploy", "services", "workflows") for f in ROOT.glob(package)]
    importing = [
        str(file.relative_to(ROOT))
        for folder in code
        for file in folder.rglob("*.py")
        if ROOT / "deploy" / "bench" not in file.parents
        and re.search(r"^\s*(from|import) deploy\.bench", file.read_text(), re.MULTILINE)
    ]
    assert importing == []


async def test_the_controls_that_the_bench_lists_are_of_every_kind_and_found_by_a_key(
    stack: Endpoints,
) -> None:
    sql = await asyncpg.connect(stack.database_url)
    listing = sql.transaction()
    await listing.start()
    await sql.execute(LOAD[0], 100)
    await sql.execute(LOAD[1])
    found = await sql.fetch(
        "SELECT c.kind, count(*) FROM risk_controls AS c JOIN control_reach USING (control_id)"
        " WHERE c.set_by = 'officer:bench' GROUP BY c.kind"
    )
    await listing.rollback()
    await sql.close()
    kinds = {"party": 40, "vehicle_plate": 20, "seller": 20, "hs_code": 10, "hs_prefix": 10}
    assert {row["kind"]: row["count"] for row in found} == kinds


async def test_a_database_counts_no_statements_unless_it_is_asked_to(stack: Endpoints) -> None:
    sql = await asyncpg.connect(stack.database_url)
    assert "pg_stat_statements" not in await sql.fetchval("SHOW shared_preload_libraries")
    await sql.close()


@pytest.mark.slow
def test_a_run_against_real_servers_writes_its_figures(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    command = ["-P", "-m", "deploy", "bench", "--only", "counts_10_vs_1000,residents_home"]
    done = subprocess.run(
        [sys.executable, *command, "--json", str(written)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(written.read_text())
    assert set(found) == {"ratios", "absolute"}
    for figure in (*found["ratios"].values(), *found["absolute"].values()):
        assert set(figure) == {"median", "min", "max", "rounds"}
    # Counts, not times: these are promises.
    assert found["ratios"]["statements_10_vs_1000"]["median"] == 1
    assert found["ratios"]["events_10_vs_1000"]["median"] == 1
    of_home = [name for name in found["ratios"] if name.startswith("home_")]
    assert sorted(of_home) == ["home_after_vs_15_kb", "home_first_vs_60_kb", "home_requests_vs_3"]
    assert all(0 < found["ratios"][name]["max"] <= 1 for name in of_home)
