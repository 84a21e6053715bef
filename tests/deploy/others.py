"""Another user on this machine, who sees the tree and its Python and nothing that is closed to him.

Where Python or the tree lies in a folder that is closed to others (root's home), that folder is
covered for this one process by an empty one, in which only the two are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_NEEDED: Final = (Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT)
_TRIED: Final = 10001
_ASIDE: Final = "/mnt"
"""Where things are put aside; nothing of it is seen outside the one process."""
# Of the words before -- the first is a folder to put things aside, those with + are covered, the
# others are seen there again.
_OPENED: Final = r"""
set -eu
aside=$1; shift
mount -t tmpfs -o mode=755 tmpfs "$aside"
number=0
for path in "$@"; do case $path in
    --) break ;;
    +*) ;;
    *) number=$((number + 1)); mkdir "$aside/$number"; mount --bind "$path" "$aside/$number" ;;
esac; done
number=0
while path=$1; shift; do case $path in
    --) break ;;
    +*) mount -t tmpfs -o mode=755 tmpfs "${path#+}" ;;
    *) number=$((number + 1)); mkdir -p "$path"; mount --bind "$aside/$number" "$path" ;;
esac; done
exec "$@"
"""


def under(user: int | None, command: Sequence[str]) -> list[str]:
    """The command as this user calls it, without any right of root's; as it is for None."""
    if user is None:
        return list(command)
    to_him = ("--reuid", str(user), "--regid", str(user), "--clear-groups")
    dropped = ("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
    # A change of the user takes away that it ends with whoever started it.
    as_user = ["setpriv", *to_him, *dropped, "--pdeathsig", "KILL", *command]
    covered = sorted({str(top) for path in _NEEDED if (top := _shut(path)) is not None})
    if not covered:
        return as_user
    again = [str(path) for path in _NEEDED if _shut(path) is not None]
    words = [_ASIDE, *(f"+{top}" for top in covered), *dict.fromkeys(again), "--", *as_user]
    return ["unshare", "--mount", "sh", "-c", _OPENED, "sh", *words]


def _shut(path: Path) -> Path | None:
    """The first folder on the way to a path that is closed to others."""
    ways = [*reversed(path.parents), path]
    return next((way for way in ways if not way.stat().st_mode & 0o001), None)


@cache
def closed() -> str | None:
    """Why nothing can be run under another user here; None where it can."""
    if os.geteuid() != 0:
        return "not run, the tests are not root's"
    tried = [sys.executable, "-P", "-c", "import deploy.cli"]
    try:
        done = subprocess.run(
            under(_TRIED, tried), env=of_the_image(), capture_output=True, text=True, check=False
        )
    except FileNotFoundError as missing:
        return f"not run, there is no {missing.filename} here"
    return None if done.returncode == 0 else f"not run ({done.stderr.strip().splitlines()[-1]})"


def of_the_image() -> dict[str, str]:
    """What a process finds in its environment before anybody tells it anything."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
