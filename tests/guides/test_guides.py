"""The guides are true: their blocks, pasted one after another, do against a window what they say.

A block that is to be pasted is marked ``sh paste``; what its output must hold, as a pattern, stands
in a comment below it: ``<!-- expect: … -->``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from deploy.local.supervisor import answers_ready

ROOT: Final = Path(__file__).resolve().parents[2]
GUIDES: Final = ROOT / "docs" / "guide"
NAMES: Final = ("trader-integrator", "officer", "bank")
READY_WITHIN_S: Final = 300
PASTED_WITHIN_S: Final = 300
_BLOCK: Final = re.compile(
    r"^```sh paste\n(?P<shell>.*?)^```\n(?:<!-- expect: (?P<expected>.*?) -->)?",
    re.MULTILINE | re.DOTALL,
)
_LINK: Final = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_END_OF_BLOCK: Final = "@@@ end of block"


@dataclass(frozen=True)
class Block:
    """What a reader pastes, and a pattern of what the reader then sees."""

    shell: str
    expected: str | None


def blocks_of(guide: str) -> list[Block]:
    text = (GUIDES / f"{guide}.md").read_text()
    return [Block(m["shell"], m["expected"]) for m in _BLOCK.finditer(text)]


@dataclass(frozen=True)
class RunningWindow:
    """A window as `make up` starts it, and a folder that looks like the project's directory."""

    folder: Path
    port: int

    def paste(self, blocks: list[Block]) -> list[str]:
        """What each block printed, pasted into one shell."""
        script = "\n".join(f"{block.shell}\necho '{_END_OF_BLOCK}'" for block in blocks)
        done = subprocess.run(
            ["bash", "-u", "-c", script],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "WINDOW": f"http://127.0.0.1:{self.port}",
                "TRADEWINDOW_HOME": str(self.folder / "data"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PASTED_WITHIN_S,
            check=False,
        )
        return done.stdout.split(f"{_END_OF_BLOCK}\n")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWindow]:
    folder = tmp_path_factory.mktemp("reader")
    # Outside the range in which windows look for a place: no other test takes it meanwhile.
    port = 29_100 + zlib.crc32(str(folder).encode()) % 800
    _environment(folder)
    with (folder / "up.log").open("w") as log:
        up = subprocess.Popen(
            [folder / ".venv" / "bin" / "tradewindow", "up", "--home", "data", "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(up, port, folder / "up.log")
        yield RunningWindow(folder, port)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)


def _environment(folder: Path) -> None:
    """The two commands a reader has in .venv, as `make` puts them there."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    path = f"PYTHONPATH={ROOT}"
    commands = {"python": f"{sys.executable}", "tradewindow": f"{sys.executable} -P -m deploy"}
    for name, command in commands.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\n{path} exec {command} "$@"\n')
        program.chmod(0o755)


def _wait_until_ready(up: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not answers_ready(port):
        if up.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the window did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.xdist_group("guides")
@pytest.mark.parametrize("guide", [*NAMES, "trader-integrator", "trader-integrator"])
def test_guide_does_what_it_says(guide: str, running: RunningWindow) -> None:
    """Whoever pastes one again on the same day is told the same."""
    blocks = blocks_of(guide)
    printed = running.paste(blocks)
    seen = zip(blocks, printed, strict=False)
    wrong = [
        f"{block.shell}\nshould print {block.expected}, printed:\n{output}"
        for block, output in seen
        if block.expected and not re.search(block.expected, output, re.DOTALL)
    ]
    assert not wrong, "\n\n".join(wrong)
    assert len(printed) == len(blocks) + 1


@pytest.mark.parametrize("guide", NAMES)
def test_guide_has_blocks_to_paste_and_says_what_they_print(guide: str) -> None:
    blocks = blocks_of(guide)
    assert len(blocks) >= 4
    assert sum(block.expected is not None for block in blocks) >= 3


PAGES: Final = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_pages_that_exist(page: Path) -> None:
    targets = _LINK.findall(page.read_text())
    assert [t for t in targets if not (page.parent / t).exists()] == []
