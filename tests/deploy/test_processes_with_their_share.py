"""Real processes as the chart starts them, each with its own secrets file alone."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx2
import psutil
import pytest

from deploy import cli
from deploy.demo.filing import file_desk
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints, LocalError
from deploy.operate.migrate import migrate_by_environment
from deploy.operate.secret_shares import serves, split
from deploy.sandbox.office import Office
from deploy.sandbox.parties import Parties
from services.manifests import names
from services.platform.settings import Settings, role_of
from tests.deploy import others
from tests.deploy.commands import COMMANDS, OF_THE_RECORD
from tests.deploy.pods import HOST, Node, Placed, files_of, node
from tests.support.one_day import tomorrow
from tests.support.ports import free_port
from tests.support.reading import Readers
from tests.support.said import Say
from tests.support.window import resident_no

ORIGIN = f"https://{HOST}"
_LOOKS = 1800
"""Ten to the second: a start that takes minutes on a busy machine is slow, and no failure."""


@dataclass
class Deployment:
    """Servers that run, and the chart's pods beside them."""

    endpoints: Endpoints
    home: Path
    shares: Path
    node: Node

    def placed(self, process: str, port: int) -> Placed:
        """One process as the chart starts it: told nothing of any other's."""
        return self.node.placed(process, port=port)

    def environment(self, process: str, port: int) -> dict[str, str]:
        """What one process is told. Who verifies has no pod, and is told as the migration is."""
        if process == "verify":
            told = self.placed("migrate", port).environment
            return {**told, "SECRETS_FILE": str(self.shares / "verify.json")}
        return self.placed(process, port).environment


@contextmanager
def deployed(endpoints: Endpoints, home: Path, shares: Path) -> Iterator[Deployment]:
    """The processes of servers that run, each with its share of what their directory holds."""
    DataDirectory(home).secrets()
    split(home / "secrets.json", into=shares)
    with node(endpoints, files_of(shares, home / "issuer.jwk")) as pods:
        yield Deployment(endpoints, home, shares, pods)


@pytest.fixture(scope="module")
def deployment(
    stack: Endpoints, stack_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with deployed(stack, stack_home, tmp_path_factory.mktemp("shares")) as found:
        yield found


@pytest.mark.slow
@pytest.mark.proof(keep=4)
@pytest.mark.parametrize("process", OF_THE_RECORD)
async def test_a_process_starts_with_its_own_file_alone_and_ends_with_zero_when_told_to_stop(
    process: str, deployment: Deployment, say: Say
) -> None:
    port = free_port()
    placed = deployment.placed(process, port)
    say(f"pods of the chart under a user of their own: {others.closed() or 'yes'}")
    with started(placed) as running:
        prefix = f"/{process}" if process in names() else ""
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            answer = await until_ready(http, f"{prefix}/health/ready", running)
        assert answer == 200
        assert await roles_of(running, deployment) == set(map(role_of, serves(process)))
        assert set(psutil.Process(running.pid).uids()) == {
            os.geteuid() if placed.user is None else placed.user
        }
        running.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(running.communicate, timeout=60)
    lines = [json.loads(line) for line in said.splitlines()]
    assert running.returncode == 0, said
    assert lines[-1]["event"] == "stopped"
    assert not [line for line in lines if line["level"] == "error"]
    assert not [line for line in lines if line["event"] == "more_secrets_than_needed"]


@pytest.mark.slow
@pytest.mark.parametrize("process", ["inspection-worker", "relay"])
async def test_a_process_lives_and_is_not_ready_while_the_engine_does_not_answer(
    process: str, deployment: Deployment
) -> None:
    port = free_port()
    nowhere = {"TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    with started(deployment.placed(process, port), nowhere) as running:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert await until_ready(http, "/health/live", running) == 200
            answer = await http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json() == {"status": "the workflow engine does not answer"}
        running.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(running.communicate, timeout=60)
    assert running.returncode == 0, said


async def roles_of(running: subprocess.Popen[str], deployment: Deployment) -> set[str]:
    """Under which roles a process is in the database now."""
    ports = [c.laddr.port for c in psutil.Process(running.pid).net_connections("tcp")]
    superuser = await asyncpg.connect(deployment.endpoints.database_url)
    rows = await superuser.fetch(
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE client_port = ANY($1)", ports
    )
    await superuser.close()
    return {str(row["usename"]) for row in rows}


@pytest.mark.slow
def test_a_pods_user_reads_its_own_file_and_no_other(deployment: Deployment, say: Say) -> None:
    if (why := others.closed()) is not None:
        say(f"a pod's user reads its own file and no other: not run, {why}")
        return
    relay = deployment.placed("relay", 0)
    master, own = deployment.home / "secrets.json", relay.environment["SECRETS_FILE"]
    shares = [str(deployment.shares / f"{name}.json") for name in ("window", "migrate")]
    for path, read in ((own, True), (str(master), False), *((s, False) for s in shares)):
        done = subprocess.run(others.under(relay.user, ["cat", path]), capture_output=True)
        assert (done.returncode == 0) is read, path


class started:
    """A pod of the deployment, ended with the block."""

    def __init__(self, pod: Placed, otherwise: Mapping[str, str] | None = None) -> None:
        self._process = pod.started(otherwise)

    def __enter__(self) -> subprocess.Popen[str]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def ended(pod: Placed, otherwise: Mapping[str, str], within_s: float) -> tuple[int, str]:
    """What a process that cannot start says, and with which code it ends."""
    with started(pod, otherwise) as running:
        _, said = running.communicate(timeout=within_s)
    return running.returncode, said


async def until_ready(http: httpx2.AsyncClient, path: str, running: subprocess.Popen[str]) -> int:
    for _ in range(_LOOKS):
        try:
            answer = await http.get(path)
            if answer.status_code == 200:
                return 200
        except httpx2.TransportError:
            pass
        if running.poll() is not None:
            raise AssertionError(f"it ended: {running.communicate()[1]}")
        await asyncio.sleep(0.1)
    raise AssertionError(f"{path} was never ready")


TOMORROW: Final = "tomorrow"
"""Stands for the day that follows the one on which it is sent."""
USES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    # By service: who asks, where, and with what, so that each of its keys is used.
    "window": (
        {"role": "clerk", "party": "group:S-1"},
        "/window/v1/webhooks",
        {"url": "https://example.org/hook", "secret": "whsec_" + "c2VjcmV0" * 6},
    ),
    "notices": (
        {"role": "clerk", "party": "group:S-1"},
        "/notices/v1/contacts",
        {"channel": "EMAIL", "contact": f"{uuid4().hex[:8]}@example.org", "consent": True},
    ),
    "settlement": (
        {"role": "bank_compliance", "party": "bank:ICBKCNBJ"},
        "/settlement/v1/screening-entries",
        {
            "list_name": "SHARES",
            "reference": uuid4().hex[:12],
            "kind": "RESIDENT",
            "value": resident_no(4711),
        },
    ),
    "risk": (
        {"role": "risk_officer", "port": "DONGXING"},  # whoever the registrar filed
        "/risk/v1/draw-seeds",
        {
            "port": "DONGXING",
            "business_on": TOMORROW,
        },
    ),
    "gate": (
        {"role": "carrier", "party": "carrier:C1"},
        "/gate/v1/vehicles",
        {
            "rows": [
                {
                    "domestic_plate": "桂P47110",
                    "foreign_plate": "14C-47110",
                    "port": "DONGXING",
                    "declared_at": f"{TOMORROW}T00:00:00Z",
                    "rated_load_kg": "20000",
                    "tare_kg": "9000",
                }
            ]
        },
    ),
    "law": (
        {"role": "registrar", "party": "platform:registrar"},
        "/law/v1/commodities",
        {
            "rows": [
                {
                    "hs_code": "97050000",
                    "name_zh": "样品",
                    "name_en": "Samples",
                    "perishable": False,
                }
            ]
        },
    ),
    "registry": (
        {"role": "registrar", "party": "platform:registrar"},
        "/registry/v1/residents/lookup",
        {"resident_nos": [resident_no(4711)]},
    ),
}


@asynccontextmanager
async def within(service: str, deployment: Deployment) -> AsyncIterator[Parties]:
    """The callers of a service that has its own file alone."""
    told = deployment.environment(service, 0)
    assembly = Assembly.create(
        Settings(
            database_url=told["DATABASE_URL"],
            secrets_file=Path(told["SECRETS_FILE"]),
            jwks_file=Path(told["JWKS_FILE"]),
            public_origin=told["PUBLIC_ORIGIN"],
        )
    )
    transport = httpx2.ASGITransport(app=assembly.app(service))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield Readers(http, DataDirectory(deployment.home).issuer_key())
    await assembly.close()


@pytest.fixture
async def officer(deployment: Deployment) -> str:
    """An officer whom the registrar has filed, with the registry's own file; the party."""
    async with within("registry", deployment) as parties:
        return f"officer:{(await file_desk(Office.of(parties), 'DONGXING', 'SHARES'))[0]}"


@pytest.mark.parametrize("service", USES)
async def test_what_uses_a_key_finds_it_in_its_services_own_file(
    service: str, deployment: Deployment, officer: str
) -> None:
    who, path, said = USES[service]
    body = json.loads(json.dumps(said).replace(TOMORROW, f"{tomorrow()}"))
    async with within(service, deployment) as parties:
        asking = parties.act_as(who["role"], who.get("party", officer), port=who.get("port"))
        answer = await asking.try_post(path, body)
    assert answer.status_code in {200, 201, 202}, answer.text


@pytest.mark.proof(keep=4)
@pytest.mark.parametrize("process", COMMANDS)
def test_a_process_with_anothers_file_ends_with_one_sentence(
    process: str,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in deployment.environment(process, free_port()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SECRETS_FILE", str(deployment.shares / "verify.json"))
    assert cli.run_command(COMMANDS[process]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"which {process} needs" in said


def test_the_migration_needs_its_own_file_only(deployment: Deployment) -> None:
    migrate_by_environment(deployment.environment("migrate", 0))


def test_the_migration_refuses_a_services_file(deployment: Deployment) -> None:
    with pytest.raises(LocalError, match="which migrate needs"):
        migrate_by_environment(deployment.environment("relay", 0))


def mistaken() -> Iterator[tuple[dict[str, str], str]]:
    yield {"SECRETS_FILE": "/nowhere/secrets.json"}, "/nowhere/secrets.json cannot be read"
    yield {"POOL_SIZE": "abc"}, r"Mend in the environment: POOL_SIZE \(Input should be"
    yield {"JWKS_FILE": "/nowhere/jwks.json"}, "/nowhere/jwks.json"
    yield {"JWKS_FILE": ""}, "JWKS_FILE"
    yield {"TEMPORAL_SERVER_CA": "/nowhere/ca.pem"}, "The file /nowhere/ca.pem cannot be read"
    yield {"TEMPORAL_CLIENT_CERT": __file__}, "Set both TEMPORAL_CLIENT_CERT and"
    yield {"DATABASE_URL": ""}, "Set DATABASE_URL in the environment"
    yield {"DATABASE_URL": "postgresql://db:x/y"}, "port in DATABASE_URL is not a number"


@pytest.mark.slow
@pytest.mark.proof(keep=2)
@pytest.mark.parametrize(("changed", "said"), list(mistaken()))
def test_what_is_set_wrongly_is_told_in_one_sentence_at_the_first_start(
    changed: dict[str, str], said: str, deployment: Deployment
) -> None:
    # Only who talks to the engine reads how.
    process = "relay" if "TEMPORAL" in next(iter(changed)) else "declaration"
    code, all_said = ended(deployment.placed(process, free_port()), changed, 60)
    last = [line for line in all_said.splitlines() if not line.startswith("{")]
    assert code == 1, all_said
    assert len(last) == 1, all_said
    assert re.search(said, last[0]), last


@pytest.mark.slow
def test_a_namespace_that_the_engine_does_not_have_is_told_in_one_sentence(
    deployment: Deployment,
) -> None:
    nowhere = {"TEMPORAL_NAMESPACE": "nowhere"}
    code, said = ended(deployment.placed("relay", free_port()), nowhere, 120)
    last = [line for line in said.splitlines() if not line.startswith("{")]
    assert code == 1, said
    assert len(last) == 1, said
    assert "no namespace nowhere" in last[0]
