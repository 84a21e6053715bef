"""The floor under a decision: a request that authenticates its caller and keeps one row.

    python -m deploy.bench.transaction HOME    is a window with that one route more

The route is the bench's own: it stands in no window that people use. It passes the edge that every
service has, and its row goes to the disk by one statement of the bare driver, so that what is
measured against it does not move with what is measured.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import asyncpg
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory
from deploy.operate.ending import end_process
from deploy.operate.parts import meanwhile, process, until_cancelled
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, answering, carriers
from services.platform.answers import Receipts
from services.platform.application import create_application
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.http import Call, allow
from services.platform.policy import PolicyCache
from services.platform.telemetry import configure_logging

PATH: Final = "/bench/v1/rows"
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS bench_rows (row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " subject text NOT NULL, word text NOT NULL, written_at timestamptz NOT NULL DEFAULT now())"
)
_INSERT: Final = "INSERT INTO bench_rows (subject, word) VALUES ($1, $2) RETURNING row_id"

router = APIRouter(prefix="/bench/v1")


@dataclass(frozen=True)
class BenchServices:
    """What every service has at hand, and the bare driver's way to the bench's own table."""

    authenticator: Authenticator
    database: Database
    receipts: Receipts
    policy: PolicyCache
    rows: asyncpg.Pool

    @classmethod
    def of(cls, assembly: Assembly, rows: asyncpg.Pool) -> BenchServices:
        """From the window that the route stands beside."""
        return cls(
            authenticator=assembly.authenticator,
            database=assembly.database("window"),
            receipts=assembly.receipts,
            policy=PolicyCache(),
            rows=rows,
        )


class RowRequest(BaseModel):
    """As much as a countersignature says."""

    model_config = ConfigDict(extra="forbid")
    word: str


class RowAnswer(BaseModel):
    """The row that was kept."""

    row_id: int
    word: str


@router.post("/rows", status_code=201)
async def row_keep(
    body: RowRequest, call: Annotated[Call[BenchServices], allow("inspection:order:decide")]
) -> RowAnswer:
    """Keep one row, durably."""
    row_id = await call.services.rows.fetchval(_INSERT, call.actor.subject, body.word)
    return RowAnswer(row_id=row_id, word=body.word)


class _Bench:
    """Hands a mounted request on with its whole path, as the window does for its services."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "root_path": ""}, receive, send)


@process
async def run(home: Path) -> None:
    """The whole window in one process, and the bench's route."""
    settings = settings_of(home)
    configure_logging(settings.log_level, service="window")
    assembly = Assembly.create(settings, with_relay=True, whole=True)
    database_url = DataDirectory(home).endpoints().database_url
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as rows:
        await rows.execute(_TABLE)
        bench = create_application(
            name="bench",
            title="Bench",
            description="",
            routers=[router],
            services=BenchServices.of(assembly, rows),
        )
        whole = all_in_one(assembly)
        whole.router.routes.append(Mount("/bench", _Bench(bench)))
        http = partial(answering, whole, settings, stopping=assembly.stop_waiting)
        async with meanwhile({"http": http, **carriers(assembly)}):
            await until_cancelled()


if __name__ == "__main__":
    end_process(run(Path(sys.argv[1])))
