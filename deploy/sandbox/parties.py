"""The parties of a sandbox as HTTP clients: each with its own token, as in real use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx2
from joserfc.jwk import OKPKey

from deploy.sandbox.token import token

_TRIES: Final = 60
_AGAIN: Final = (429, 503)
ROWS_MAX: Final = 5000


class Unexpected(RuntimeError):
    """The window answered something that was not foreseen."""


class Unreachable(Unexpected):
    """The window has not answered for minutes."""


@dataclass(frozen=True)
class Party:
    """One caller of the window. POSTs carry an Idempotency-Key and are repeated with it.

    With a step the keys follow from its name and from what is asked: whoever plays the step again
    gets the answers that it got before, and changes nothing.
    """

    http: httpx2.AsyncClient
    bearer: str
    step: str | None = None

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read that must succeed; what its address asks for already is asked beside the rest."""
        # Parameters given beside an address replace its own query, also where there are none.
        asked = str(httpx2.URL(path).copy_merge_params(params))
        answer = await self._send("GET", asked)
        return _expected(answer, path)

    async def later(self, path: str, version: int) -> dict[str, Any] | None:
        """The same once its version is another than this; None when it is not for half a minute."""
        patient = {"Prefer": "wait=30", "If-None-Match": f'"{version}"'}
        answer = await self._send("GET", path, headers=patient)
        return None if answer.status_code == 304 else _expected(answer, path)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """An act that must succeed."""
        return _expected(await self.try_post(path, body, **headers), path)

    async def sign(
        self, case: str, act: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A signature that must succeed: read the case at an address, and act upon what it says."""
        return await self.post(f"{case}/{act}", body, **upon(await self.get(case)))

    async def try_post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """An act that may be refused; a full or unreachable window is asked again, same key."""
        key = {"Idempotency-Key": key_of(self.step, path, body or {}), **headers}
        return await self._send("POST", path, json=body if body is not None else {}, headers=key)

    async def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any
    ) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self.bearer}", **(headers or {})}
        for attempt in range(_TRIES):
            try:
                answer = await self.http.request(method, path, headers=sent, **how)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code not in _AGAIN:
                return answer
            await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
        raise Unreachable(f"{method} {path}: the window cannot be reached")

    async def file(
        self, path: str, rows: Sequence[Mapping[str, Any]], most: int = ROWS_MAX
    ) -> None:
        """File rows with a register, so many a request as it takes."""
        for part in chunks(rows, most):
            await self.post(path, {"rows": part})


def chunks(rows: Sequence[Mapping[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    """The rows in parts of at most so many."""
    for start in range(0, len(rows), most):
        yield [dict(row) for row in rows[start : start + most]]


def key_of(step: str | None, path: str, body: Mapping[str, Any]) -> str:
    """An Idempotency-Key: of a named step always the same for the same request, else a new one."""
    if step is None:
        return str(uuid4())
    asked = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return str(uuid5(NAMESPACE_URL, f"{step} {path} {asked}"))


def upon(shown: Mapping[str, Any]) -> dict[str, str]:
    """The header of who signs: it names the version of what was shown."""
    return {"If-Match": f'"{shown["version"]}"'}


@dataclass(frozen=True)
class Parties:
    """Mints each party's token from the sandbox's issuer key."""

    http: httpx2.AsyncClient
    key: OKPKey
    step: str | None = None
    """Whose acts these are, for their keys."""

    def within(self, step: str) -> Parties:
        """The same parties in a named step."""
        return replace(self, step=step)

    def act_as(
        self, role: str, party: str, *, subject: str | None = None, port: str | None = None
    ) -> Party:
        """A caller in a role for a party."""
        minted = token(self.key, role=role, party=party, subject=subject or party, port=port)
        return Party(self.http, minted, self.step)


def _expected(answer: httpx2.Response, path: str) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise Unexpected(f"{path}: {answer.status_code} {answer.text[:600]}")
    body: dict[str, Any] = answer.json()
    return body
