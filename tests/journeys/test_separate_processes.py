"""The same day with every service as its own processes, as on real servers: each knows its own
secrets only, the services know no engine, and what the engine keeps is sealed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from temporalio.client import Client

from deploy.demo.day import read_day
from deploy.demo.parties import Parties
from deploy.demo.play import Play
from deploy.demo.report import as_json
from deploy.local import child
from deploy.local.stack import LocalStack
from deploy.operate.data_directory import DataDirectory, Endpoints, port_is_free
from deploy.operate.migrate import migrate_by_environment
from deploy.operate.secret_shares import split
from services.manifests import names, workers
from services.platform.sealing import ENCODING
from tests.deploy.commands import CARRIERS
from tests.journeys.books import broken_laws

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journeys")]
DAY = Path(__file__).parent / "day-sample"
ROOT = Path(__file__).resolve().parents[2]


class Gateway(httpx2.AsyncBaseTransport):
    """Sends each request to the process of its service, as a gateway in front of them would."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=60))
        self._ports = ports

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        service = request.url.path.split("/")[1]
        request.url = request.url.copy_with(port=self._ports[service])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def free_ports(count: int) -> list[int]:
    return [port for port in range(19400, 19999) if port_is_free(port)][:count]


def told(home: Path, process: str) -> dict[str, str]:
    """The environment of one process: as on real servers, with its own secrets file, and the engine
    for those alone who speak to it."""
    directory = DataDirectory(home)
    endpoints = directory.endpoints()
    parts = urlsplit(endpoints.database_url)
    engine = {
        "TEMPORAL_ADDRESS": endpoints.temporal_address,
        "TEMPORAL_NAMESPACE": endpoints.temporal_namespace,
    }
    return (engine if process in CARRIERS else {}) | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"postgresql://{parts.hostname}:{parts.port}{parts.path}",
        "SECRETS_FILE": str(home / "shares" / f"{process}.json"),
        "JWKS_FILE": str(home / "issuer.jwk"),
        "PUBLIC_ORIGIN": directory.window_url(),
    }


@contextlib.contextmanager
def processes(home: Path) -> Iterator[dict[str, int]]:
    """Six APIs, four workers and the relay, each a process; the ports of the APIs."""
    roles = [("serve", s) for s in names()] + [("work", w) for w in workers()] + [("relay", "")]
    ports = free_ports(len(roles))
    running = []
    try:
        for (command, service), port in zip(roles, ports, strict=True):
            name = {"serve": service, "work": f"{service}-worker", "relay": "relay"}[command]
            words = [sys.executable, "-P", "-m", "deploy", command, *([service] if service else [])]
            running.append(
                child.start(
                    name,
                    [*words, "--port", str(port)],
                    log=home / "logs" / f"{name}.log",
                    env=told(home, name),
                )
            )
        yield {s: p for (c, s), p in zip(roles, ports, strict=True) if c == "serve"}
    finally:
        for process in running:
            process.stop()


async def test_the_day_runs_with_one_process_per_service_and_ends_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with LocalStack(home, keep_ports=False):
        directory = DataDirectory(home)
        split(home / "secrets.json", into=home / "shares")
        await asyncio.to_thread(migrate_by_environment, told(home, "migrate"))
        with processes(home) as ports:
            async with httpx2.AsyncClient(
                transport=Gateway(ports), base_url=directory.window_url(), timeout=60
            ) as http:
                parties = Parties(http, directory.issuer_key())
                report = as_json(await Play(parties, read_day(DAY)).run())
        expected = json.loads((DAY / "expected.json").read_text())
        assert report["summary"] == expected["summary"]
        assert report["states"] == {"CLOSED": expected["summary"]["accepted_lots"]}
        assert await broken_laws(directory.endpoints().database_url) == {}
        assert await in_clear(directory.endpoints()) == []


async def in_clear(endpoints: Endpoints) -> list[str]:
    """The inputs and signals of cases that a stranger at the engine's port can read."""
    stranger = await Client.connect(
        endpoints.temporal_address, namespace=endpoints.temporal_namespace
    )
    found = []
    looked_at = 0
    async for case in stranger.list_workflows():
        history = await stranger.get_workflow_handle(case.id).fetch_history()
        looked_at += 1
        for event in history.events:
            started = event.workflow_execution_started_event_attributes.input.payloads
            told_of = event.workflow_execution_signaled_event_attributes.input.payloads
            found += [
                f"{case.id}: {payload.data!r}"
                for payload in (*started, *told_of)
                if payload.metadata["encoding"] != ENCODING
            ]
    assert looked_at > 0
    return found
