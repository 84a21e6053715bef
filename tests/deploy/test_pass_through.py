"""Root lets PostgreSQL's user through to its files, and nobody else."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.pass_through import let_through

SOMEBODY = 65534
SOMEBODY_ELSE = 65533


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that all may read, inside one that only its owner may pass."""
    with tempfile.TemporaryDirectory() as closed:
        (Path(closed) / "open").mkdir(mode=0o755)
        yield Path(closed) / "open"


def seen_by(user: int, place: Path) -> bool:
    done = subprocess.run(
        ["ls", str(place)], user=user, group=user, extra_groups=[], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_the_user_passes_and_others_do_not(place: Path) -> None:
    assert not seen_by(SOMEBODY, place)
    let_through(place, SOMEBODY)
    assert seen_by(SOMEBODY, place)
    assert not seen_by(SOMEBODY_ELSE, place)
    assert not seen_by(SOMEBODY, place.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_a_second_user_does_not_take_the_right_from_the_first(place: Path) -> None:
    let_through(place, SOMEBODY)
    let_through(place, SOMEBODY_ELSE)
    assert seen_by(SOMEBODY, place)
    assert seen_by(SOMEBODY_ELSE, place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_a_folder_that_was_closed_again_is_passed_again(place: Path) -> None:
    let_through(place, SOMEBODY)
    place.parent.chmod(0o700)
    assert not seen_by(SOMEBODY, place)
    let_through(place, SOMEBODY)
    assert seen_by(SOMEBODY, place)
    assert not seen_by(SOMEBODY_ELSE, place)


def test_a_folder_that_is_open_is_left_as_it_is(place: Path) -> None:
    place.parent.chmod(0o755)
    let_through(place, SOMEBODY)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_everybody_may_pass_where_no_list_can_be_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", unsupported)
    let_through(place, SOMEBODY)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o701
