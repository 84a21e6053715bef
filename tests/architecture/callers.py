"""Somebody who sends any route's request, well-meaning or not, to every service behind one door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import OKPKey

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one
from tests.architecture.routes import Route, bearer
from tests.support import servers


class Caller:
    """Sends any route's good request, in any state of disorder."""

    def __init__(self, http: httpx2.AsyncClient, key: OKPKey) -> None:
        self.http = http
        self.key = key

    async def send(
        self,
        route: Route,
        *,
        headers: dict[str, str] | None = None,
        body: Any = None,
        address: str | None = None,
        keyed: bool = True,
        match: str | None = None,
        scopes: list[str] | None = None,
    ) -> httpx2.Response:
        """The route's good request as a caller with its scope, except for what is told."""
        sent = headers
        if sent is None:
            asked = route.scopes if scopes is None else scopes
            sent = bearer(self.key, route.role(), asked)
        if keyed and route.method != "GET":
            sent = sent | {"idempotency-key": str(uuid4())}
        if match is not None:
            sent = sent | {"if-match": match}
        content = None
        if route.method != "GET":
            content = json.dumps(body if body is not None else (route.body() or {})).encode()
            sent = {"content-type": "application/json"} | sent
        return await self.http.request(
            route.method, address or route.address(), headers=sent, content=content
        )


@pytest.fixture(scope="module")
async def caller(stack: Endpoints, stack_home: Path) -> AsyncIterator[Caller]:
    """Every service behind one door, without workers: nothing here gets as far as a workflow.

    The database is the module's own: some of what is sent is good enough to be kept.
    """
    own = servers.with_database(stack, f"every_route_{uuid4().hex[:12]}")
    assembly = Assembly.create(settings_of(stack_home, endpoints=own))
    transport: Any = httpx2.ASGITransport(app=all_in_one(assembly), raise_app_exceptions=False)
    origin = assembly.settings.public_origin or ""
    async with httpx2.AsyncClient(transport=transport, base_url=origin) as http:
        yield Caller(http, DataDirectory(stack_home).issuer_key())
    await assembly.close()


def is_problem(answer: httpx2.Response, status: int, code: str) -> None:
    """Check that an answer is exactly this problem."""
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == answer.headers["x-request-id"]
