"""A service is its folder and a migration: a toy one, added to a copy of the tree, has everything.

What is in the copy beside its files is written by the commands of the tree, nothing by hand.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx2
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from deploy.operate.data_directory import DataDirectory, Endpoints
from migrations.apply import revisions
from tests.deploy import chart
from tests.deploy.test_processes_with_their_share import until_ready
from tests.support.ports import free_port
from tests.support.said import Say

# Servers have one role of a name: whoever adds this service does so on one worker.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("a new service")]

ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("deploy", "services", "workflows", "migrations", "words", "contracts")
_EACH: Final = """
import json, sys
from deploy.cli import run_command
sys.exit(next(filter(None, map(run_command, json.loads(sys.argv[1]))), 0))
"""
"""Runs commands one after another, until one fails: to read every service takes each process
seconds, which is most of what a command takes."""

SERVICE: Final = {
    "services/yard/__init__.py": '"""The yard: where trucks wait. Owns ``yard_places``."""\n',
    "services/yard/tables.py": '''"""The yard's table."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from services.platform.database import metadata

yard_places = Table(
    "yard_places",
    metadata,
    Column("place", Text, primary_key=True),
    Column("plate", Text, nullable=False),
    info={"owner": "yard"},
)
''',
    "services/yard/commands.py": '''"""What is done in the yard."""

from __future__ import annotations

from services.platform.act import Act
from services.yard.tables import yard_places


async def place_take(act: Act, place: str, plate: str) -> None:
    """Let a truck wait at a place."""
    await act.execute(yard_places.insert().values(place=place, plate=plate))
''',
    "services/yard/api.py": '''"""The yard over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.services import Services
from services.yard.commands import place_take

router = APIRouter(prefix="/yard/v1", tags=["yard"])
ROUTERS = (router,)


class Taking(BaseModel):
    """A truck and its place."""

    place: str
    plate: str


@router.post("/places", status_code=201, response_model=Taking)
async def place_taken(
    body: Taking, call: Annotated[Call[Services], allow("yard:place:take")]
) -> Response:
    """Take a place."""

    async def work(act: Act) -> Answer:
        await place_take(act, body.place, body.plate)
        return Answer(status=201, body=body.model_dump())

    return await call.act(work)
''',
    "services/yard/service.py": '''"""The yard's manifest."""

from __future__ import annotations

from typing import Final

from services.platform.manifest import Manifest, Scale, granted

MANIFEST: Final = Manifest(
    name="yard",
    title="Tradewindow: yard",
    description="Where trucks wait.",
    summary="Where trucks wait.",
    keys=("receipt_key",),
    scopes=(granted("yard:place:take", "carrier"),),
    scale=Scale(most=3),
)
''',
}
MIGRATION: Final = '''"""Places.

Revision ID: {revision}
Revises: {before}
"""

from __future__ import annotations

from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("CREATE TABLE yard_places (place text PRIMARY KEY, plate text NOT NULL)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE yard_places")
'''


class Tree:
    """A copy of the tree with one service more, or with several that differ by their names."""

    def __init__(self, root: Path, services: Sequence[str] = ("yard",)) -> None:
        self.root = root
        for name in _KEPT:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", root)
        before = revisions()[0]
        for service in services:
            for name, text in SERVICE.items():
                file = root / name.replace("yard", service)
                file.parent.mkdir(exist_ok=True)
                file.write_text(text.replace("yard", service))
            revision = f"9999_{service}"
            migration = MIGRATION.replace("yard", service)
            file = root / "migrations" / "versions" / f"{revision}.py"
            file.write_text(migration.format(revision=revision, before=before))
            before = revision

    def run(self, *words: str) -> str:
        """A command of the copy; what it said."""
        return self._ran("-m", "deploy", *words)

    def run_each(self, *commands: Sequence[str], **told: str) -> str:
        """Commands of the copy in one process; what they said."""
        return self._ran("-c", _EACH, json.dumps(commands), **told)

    def _ran(self, *words: str, **told: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", *words],
            env=self.environment(**told),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def started(self, *words: str, **told: str) -> subprocess.Popen[str]:
        """A process of the copy that runs until it is stopped."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "deploy", *words],
            env=self.environment(**told),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self, **told: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.root), **told}

    def migrated(
        self, database: str, home: Path, folder: Path, *also: Sequence[str]
    ) -> tuple[str, Path, str]:
        """Bring a database to the copy's version; its address without a password, the folder in
        which each service's share of the secrets lies, and what all this and other commands said.
        """
        master, shares = folder / "secrets.json", folder / "shares"
        shutil.copy(home / "secrets.json", master)
        address = urlsplit(database)
        url = f"postgresql://{address.hostname}:{address.port}{address.path}"
        said = self.run_each(
            ("secrets", "make", str(master)),
            ("secrets", "split", str(master), "--into", str(shares)),
            ("migrate",),
            *also,
            DATABASE_URL=url,
            SECRETS_FILE=str(shares / "migrate.json"),
        )
        return url, shares, said


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture
async def database(stack: Endpoints) -> AsyncIterator[str]:
    """A database of its own on the servers of the run, which know no yard before and after."""
    name = f"yard_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    yield f"{server}/{name}"
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.execute("DROP ROLE IF EXISTS tw_yard")
    await admin.close()


def test_every_description_leads_to_a_new_service(tree: Tree) -> None:
    tree.run("describe")
    deploy = tree.root / "deploy"
    compose = yaml.safe_load((deploy / "compose.yaml").read_text())
    assert compose["services"]["yard"]["command"] == ["serve", "yard"]
    assert compose["secrets"]["yard"] == {"file": "./secrets/shares/yard.json"}
    assert "yard" in compose["services"]["gateway"]["depends_on"]
    assert "yard-worker" not in compose["services"]
    assert "|window|yard)/" in (deploy / "gateway.conf").read_text()
    assert "- yard:8080\n" in (deploy / "grafana" / "prometheus.yaml").read_text()
    assert '"services.yard",' in (tree.root / "pyproject.toml").read_text()


def test_the_chart_has_a_line_for_a_new_service_and_renders_it(tree: Tree, say: Say) -> None:
    tree.run("describe")
    say(f"the chart is rendered by {chart.renderer()}")
    folder = tree.root / "deploy" / "chart"
    lines = (folder / "values.yaml").read_text().splitlines()
    assert len([line for line in lines if line.startswith("  yard: {api: {")]) == 1
    documents = chart.documents(chart=folder)
    found = {d["kind"]: d for d in documents if d["metadata"]["name"] == "yard"}
    assert set(found) == {
        *("Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"),
    }
    pod = found["Deployment"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"] == ["serve", "yard"]
    assert found["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] == 3
    (secrets,) = [v for v in pod["volumes"] if v["name"] == "secrets"]
    assert secrets["projected"]["sources"][0]["secret"]["name"] == "tradewindow-yard"
    (ingress,) = [d for d in documents if d["kind"] == "Ingress"]
    assert "/yard/" in [p["path"] for p in ingress["spec"]["rules"][0]["http"]["paths"]]
    assert "yard-worker" not in {d["metadata"]["name"] for d in documents}
    for document in documents:
        kubernetes_validate.validate(document, "1.32", strict=True)


def test_the_contract_of_a_new_service_is_written(tree: Tree) -> None:
    tree.run("contracts")
    described = json.loads((tree.root / "contracts" / "openapi" / "yard.json").read_text())
    assert "post" in described["paths"]["/yard/v1/places"]


async def test_a_new_service_has_its_role_and_serves_those_whom_its_scope_lets_in(
    tree: Tree, database: str, stack: Endpoints, stack_home: Path, tmp_path: Path
) -> None:
    callers = (("clerk", "group:G1"), ("carrier", "carrier:C1"))
    minting = [token_of(stack_home, *caller) for caller in callers]
    url, shares, said = tree.migrated(database, stack_home, tmp_path, *minting)
    tokens = said.split()[-2:]
    assert set(json.loads((shares / "yard.json").read_text())) == {
        *("receipt_key", "database_passwords"),
    }

    admin = await asyncpg.connect(database)
    writes = await admin.fetch(
        "SELECT DISTINCT grantee, table_name FROM information_schema.role_table_grants"
        " WHERE privilege_type = 'INSERT' AND (grantee = 'tw_yard' OR table_name = 'yard_places')"
        " AND grantee <> 'tw_owner'"
    )
    assert [tuple(row) for row in writes] == [("tw_yard", "yard_places")]

    async with served(tree, url, stack_home, shares, "yard") as (http,):
        answers = [
            await http.post(
                "/yard/v1/places",
                json={"place": "A7", "plate": "桂F12345"},
                headers={"authorization": f"Bearer {token}", "idempotency-key": "take-a7"},
            )
            for token in tokens
        ]
    assert [a.status_code for a in answers] == [403, 201]
    assert answers[1].json() == {"place": "A7", "plate": "桂F12345"}
    assert await admin.fetchval("SELECT plate FROM yard_places WHERE place = 'A7'") == "桂F12345"
    await admin.close()


@asynccontextmanager
async def served(
    tree: Tree, database: str, stack_home: Path, shares: Path, *services: str
) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """Services of the copy, each as a process of its own, begun side by side."""
    begun = []
    async with AsyncExitStack() as running:
        for service in services:
            port = free_port()
            serving = tree.started(
                *("serve", service),
                DATABASE_URL=database,
                SECRETS_FILE=str(shares / f"{service}.json"),
                JWKS_FILE=str(stack_home / "issuer.jwk"),
                HTTP_PORT=str(port),
            )
            running.callback(_stopped, serving)
            http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}")
            begun.append((service, serving, await running.enter_async_context(http)))
        for service, serving, http in begun:
            assert await until_ready(http, f"/{service}/health/ready", serving) == 200
        yield [http for _, _, http in begun]


def _stopped(serving: subprocess.Popen[str]) -> None:
    serving.terminate()
    serving.communicate(timeout=60)


def token_of(home: Path, role: str, party: str) -> Sequence[str]:
    """The command that mints a token of the copy's issuer."""
    return ("token", "--home", str(home), "--role", role, "--party", party, "--subject", role)


async def test_twelve_services_more_open_no_connection_until_they_are_called(
    tmp_path: Path,
) -> None:
    added = [f"yard{letter}" for letter in "abcdefghijkl"]
    tree, home, port = Tree(tmp_path / "tree", added), tmp_path / "home", free_port()
    running = tree.started("up", "--home", str(home), "--port", str(port))
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert await until_ready(http, "/health/ready", running) == 200
            assert await _connected(home) & {f"tw_{name}" for name in added} == set()
            token = tree.run(*token_of(home, "carrier", "carrier:C1")).strip()
            taken = await http.post(
                "/yardc/v1/places",
                json={"place": "A7", "plate": "桂F12345"},
                headers={"authorization": f"Bearer {token}", "idempotency-key": "take-a7"},
            )
            assert taken.status_code == 201, taken.text
            assert await _connected(home) & {f"tw_{name}" for name in added} == {"tw_yardc"}
    finally:
        running.terminate()
        await asyncio.to_thread(running.communicate, timeout=60)


async def _connected(home: Path) -> set[str]:
    """The roles that have a connection to the database now."""
    superuser = await asyncpg.connect(DataDirectory(home).endpoints().database_url)
    rows = await superuser.fetch("SELECT DISTINCT usename FROM pg_stat_activity")
    await superuser.close()
    return {str(row["usename"]) for row in rows}


def test_a_service_is_five_files_and_a_migration() -> None:
    assert len(SERVICE) == 5
    assert sum(len(text.splitlines()) for text in (*SERVICE.values(), MIGRATION)) < 150
