"""The same day with every service as its own processes, as the chart starts them: each knows its
own secrets only, the services know no engine, and what the engine keeps is sealed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from temporalio.client import Client

from deploy.demo.day import read_day
from deploy.demo.play import Play
from deploy.demo.report import as_json
from deploy.local import child
from deploy.local.stack import LocalStack
from deploy.operate.data_directory import DataDirectory, Endpoints, port_is_free
from deploy.operate.secret_shares import split
from services.manifests import names
from services.platform.sealing import ENCODING
from tests.deploy.commands import COMMANDS
from tests.deploy.pods import HOST, Node, files_of, node
from tests.journeys.books import broken_laws
from tests.support.reading import Readers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journeys")]
DAY = Path(__file__).parent / "day-sample"


class Gateway(httpx2.AsyncBaseTransport):
    """Sends each request to the process of its service, as a gateway in front of them would."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=60))
        self._ports = ports

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        service = request.url.path.split("/")[1]
        here = {"scheme": "http", "host": "127.0.0.1", "port": self._ports[service]}
        request.url = request.url.copy_with(**here)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def free_ports(count: int) -> list[int]:
    return [port for port in range(19400, 19999) if port_is_free(port)][:count]


@contextlib.contextmanager
def pods(home: Path) -> Iterator[Node]:
    """The chart's pods, beside the servers of a data directory; its migration has run."""
    endpoints, shares = DataDirectory(home).endpoints(), home / "shares"
    split(home / "secrets.json", into=shares)
    with node(endpoints, files_of(shares, home / "issuer.jwk")) as found:
        migration = found.placed("migrate", port=0).started()
        _, said = migration.communicate(timeout=120)
        assert migration.returncode == 0, said
        yield found


@contextlib.contextmanager
def processes(home: Path, found: Node) -> Iterator[dict[str, int]]:
    """Every interface, every worker and the relay, each a process; the ports of the interfaces."""
    ports = dict(zip(COMMANDS, free_ports(len(COMMANDS)), strict=True))
    running = []
    try:
        for name, port in ports.items():
            pod = found.placed(name, port=port)
            log = home / "logs" / f"{name}.log"
            running.append(child.start(name, pod.command, log=log, env=pod.environment))
        yield {name: port for name, port in ports.items() if name in names()}
    finally:
        for process in running:
            process.stop()


async def test_the_day_runs_with_one_process_per_service_and_ends_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with LocalStack(home, keep_ports=False):
        directory = DataDirectory(home)
        with pods(home) as found, processes(home, found) as ports:
            async with httpx2.AsyncClient(
                transport=Gateway(ports), base_url=f"https://{HOST}", timeout=60
            ) as http:
                parties = Readers(http, directory.issuer_key())
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
