"""Letting another system user through to a folder, and no further.

Only needed for root: PostgreSQL then runs as another user, which must reach its programs and its
data although a folder above them may be closed (a home directory usually is).
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import Final

from deploy.operate.data_directory import LocalError

_ACL: Final = "system.posix_acl_access"
_VERSION: Final = struct.pack("<I", 2)
_ENTRY: Final = struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID: Final = 0xFFFFFFFF
_SEARCH: Final = 1


def let_through(place: Path, uid: int) -> None:
    """Give the user the right to pass (not to list) every folder above place that is closed.

    The right goes to that one user through an access control list; only where the file system
    knows none it goes to everybody.
    """
    for folder in reversed(place.resolve().parents):
        if not _passes(folder, uid):
            try:
                _grant(folder, uid)
            except OSError as error:
                raise LocalError(
                    f"The system user {uid}, as which PostgreSQL runs for root, cannot pass "
                    f"{folder}; start as an ordinary user, or keep Tradewindow elsewhere."
                ) from error


def _passes(folder: Path, uid: int) -> bool:
    found = folder.stat()
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_mode & stat.S_IXOTH:
        return True
    entries = _entries(folder)
    # A chmod narrows the mask and leaves the entry as it was: the mask has the last word.
    mask = next((may for kind, may, _ in entries if kind == _MASK), _SEARCH)
    return any(kind == _USER and who == uid and may & mask & _SEARCH for kind, may, who in entries)


def _entries(folder: Path) -> list[tuple[int, int, int]]:
    try:
        stored = os.getxattr(folder, _ACL)
    except (OSError, AttributeError):
        return []
    return [_ENTRY.unpack_from(stored, at) for at in range(4, len(stored), _ENTRY.size)]


def _grant(folder: Path, uid: int) -> None:
    mode = folder.stat().st_mode
    entries = _entries(folder) or [
        (_OWNER, mode >> 6 & 7, _NO_ID),
        (_GROUP, mode >> 3 & 7, _NO_ID),
        (_MASK, mode >> 3 & 7, _NO_ID),
        (_OTHER, mode & 7, _NO_ID),
    ]
    kept = [entry for entry in entries if entry[:1] != (_USER,) or entry[2] != uid]
    widened = [(k, m | _SEARCH if k == _MASK else m, who) for k, m, who in kept]
    ordered = sorted([*widened, (_USER, _SEARCH, uid)], key=lambda e: (e[0], e[2]))
    try:
        os.setxattr(folder, _ACL, _VERSION + b"".join(_ENTRY.pack(*e) for e in ordered))
    except (OSError, AttributeError):
        folder.chmod(mode | stat.S_IXOTH)
