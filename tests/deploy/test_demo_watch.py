"""A demonstration whose servers die says so at once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def demonstration(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A demonstration whose day has begun."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "deploy", "demo", "--home", str(home)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith("Window at"):
            assert line, process.communicate()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "named"), [("deploy window", "window"), ("start-dev", "temporal")]
)
def test_a_demonstration_whose_server_dies_ends_with_one_sentence_that_names_it(
    server: str, named: str, tmp_path: Path
) -> None:
    with demonstration(tmp_path / "home") as process:
        for child in psutil.Process(process.pid).children():
            if server in " ".join(child.cmdline()):
                child.kill()
        # Less than any caller's patience, by which it was told before.
        _, said = process.communicate(timeout=180)
    assert process.returncode == 1
    (sentence,) = said.splitlines()
    assert sentence.startswith(f"The demonstration's {named} has ended")
