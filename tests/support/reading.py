"""Parties who read a case before they sign, as whoever signs does.

Whoever is told that a signature names no version reads the case where his act found it, and signs
upon what it says. Who wants to be refused for not having read says so: ``blindly``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx2

from deploy.sandbox.parties import Parties, Party

_CASE: Final = re.compile(r"(/.*/[a-z]{3}_[0-9a-f]{32})/.*")
"""The address of the last thing that an address names."""
_KEY: Final = "Idempotency-Key"
_MATCH: Final = "If-Match"
_AGAIN: Final = 5
"""So often is a case read again that moves meanwhile."""

_INSTANT: Final = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d[^" ]*)"')


def not_beijings(shown: str) -> list[str]:
    """The instants in an answer that are written by another clock than all others are."""
    return [at for at in _INSTANT.findall(shown) if not at.endswith("+08:00")]


def read_at(path: str) -> str:
    """Where that is read upon which an act at this address is signed."""
    found = _CASE.fullmatch(path)
    if found is None:
        raise ValueError(f"{path} is of no case")
    return found[1].replace("/risk/v1/lots/", "/declaration/v1/lots/")


async def signed(
    path: str,
    send: Callable[[Mapping[str, str]], Awaitable[httpx2.Response]],
    read: Callable[[str], Awaitable[httpx2.Response]],
) -> httpx2.Response:
    """The answer to an act, sent with these headers more; what it is signed upon is read if it is
    asked for and can be."""
    answer = await send({})
    if answer.status_code != 428:
        return answer
    for another_key in ({}, *({_KEY: uuid4().hex} for _ in range(_AGAIN))):
        shown = await read(read_at(path))
        if shown.status_code != 200:
            break
        answer = await send({**another_key, _MATCH: shown.headers["etag"]})
        if answer.status_code != 412:
            break
    return answer


@dataclass(frozen=True)
class Reader(Party):
    """A caller of the window who reads what he signs."""

    async def try_post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """An act that may be refused; one that must name what was read does."""
        return await signed(
            path,
            lambda upon: self.blindly(path, body, **{**headers, **upon}),
            lambda place: self._send("GET", place),
        )

    async def blindly(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """The same from whoever has read nothing but what he says."""
        return await super().try_post(path, body, **headers)


@dataclass(frozen=True)
class Readers(Parties):
    """The parties of a test's window."""

    def act_as(
        self, role: str, party: str, *, subject: str | None = None, port: str | None = None
    ) -> Reader:
        """A caller in a role for a party."""
        caller = super().act_as(role, party, subject=subject, port=port)
        return Reader(caller.http, caller.bearer)
