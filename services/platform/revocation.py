"""Tokens called back before their end: a file that an operator writes and every process reads.

    {"jti": ["…"], "sub": {"clerk-7": 1795620769}}

names single tokens by their ``jti``, and subjects with the moment (seconds since 1970) up to which
what was issued to them is good no more. The file is looked at once a second at most.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from services.kernel.messages import Actor

_LOOK_S: Final = 1.0

log = structlog.get_logger()


class Named(Protocol):
    """What of a caller can be called back."""

    @property
    def actor(self) -> Actor: ...
    @property
    def issued_at(self) -> float: ...
    @property
    def token_id(self) -> str | None: ...


class Revocations:
    """What the file says now. A file that turns unreadable leaves what was read before."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError when the file is there and is not such a list."""
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._looked = 0.0
        self._tokens: frozenset[str] = frozenset()
        self._subjects: dict[str, float] = {}
        self._read()

    def name(self, caller: Named) -> bool:
        """Whether the caller's token is called back."""
        if time.monotonic() - self._looked > _LOOK_S:
            try:
                self._read()
            except (OSError, ValueError) as error:
                log.error("revocations_unreadable", error=type(error).__name__)
        until = self._subjects.get(caller.actor.subject)
        return caller.token_id in self._tokens or (until is not None and caller.issued_at <= until)

    def _read(self) -> None:
        self._looked = time.monotonic()
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return  # nobody has been called back yet, or the file is being replaced
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp == self._stamp:
            return
        tokens, subjects = _parsed(json.loads(self._path.read_text(encoding="utf-8")))
        self._tokens, self._subjects, self._stamp = tokens, subjects, stamp


def _parsed(document: Any) -> tuple[frozenset[str], dict[str, float]]:
    if not isinstance(document, dict) or set(document) - {"jti", "sub"}:
        raise ValueError('a list of revocations is {"jti": [...], "sub": {subject: seconds}}')
    tokens, subjects = document.get("jti", []), document.get("sub", {})
    if not isinstance(tokens, list) or not isinstance(subjects, dict):
        raise ValueError("jti is a list of token ids, sub an object of subjects with seconds")
    if not all(isinstance(token, str) for token in tokens):
        raise ValueError("jti is a list of token ids")
    if not all(isinstance(until, int | float) for until in subjects.values()):
        raise ValueError("sub gives each subject seconds since 1970")
    return frozenset(tokens), {subject: float(until) for subject, until in subjects.items()}
