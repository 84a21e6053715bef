"""A log to tamper with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.operate.data_directory import Endpoints
from deploy.operate.settings import settings_of
from deploy.operate.verify import verify
from deploy.operate.verify.report import Report
from services.declaration.domain.events import LotClosed, LotReleased, SharesConfirmed
from services.kernel.identifiers import new_id, uuid_of
from services.kernel.messages import SYSTEM, Actor
from services.platform.database import Database
from services.platform.settings import Settings, role_of
from tests.support.acts import append
from tests.support.servers import COPIED

CLERK = Actor(subject="clerk-1", party="group:G1", role="clerk")
EVENTS = (
    (LotReleased(lane="GREEN", in_time=True), SYSTEM),
    (SharesConfirmed(tickets=1, unconfirmed=0, by_mandate=True), CLERK),
    (LotClosed(), SYSTEM),
)


@dataclass
class Log:
    """A database of its own with one untouched case and one to tamper with."""

    settings: Settings
    database: Database
    declaration: Database
    superuser: asyncpg.Connection
    lot_id: str

    async def tamper(self, statement: str, *values: object) -> None:
        """Change the log as only a superuser can, with its triggers disabled."""
        await self.superuser.execute("SET session_replication_role = replica")
        await self.superuser.execute(statement, uuid_of(self.lot_id, "lot"), *values)

    async def findings(self) -> list[str]:
        """What verification names."""
        report: Report = await verify(self.database)
        return [str(broken) for broken in report.named]


@pytest.fixture
async def log(stack: Endpoints, stack_home: Path) -> AsyncIterator[Log]:
    name = f"verify_{uuid4().hex[:12]}"
    server = stack.database_url.rpartition("/")[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}" {COPIED}')
    endpoints = replace(stack, database_url=f"{server}/{name}")
    settings = settings_of(stack_home, endpoints=endpoints)
    database, declaration = (
        Database(settings.database_url_for(role), role=role, pool_size=1)
        for role in map(role_of, ("window", "declaration"))
    )
    superuser = await asyncpg.connect(endpoints.database_url)
    await case_filed(declaration, new_id("lot"))
    lot_id = new_id("lot")
    await case_filed(declaration, lot_id)
    yield Log(settings, database, declaration, superuser, lot_id)
    await superuser.close()
    await database.close()
    await declaration.close()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def case_filed(database: Database, lot_id: str) -> None:
    began = datetime.now(UTC)
    async with database.transaction() as tx:
        for hour, (event, actor) in enumerate(EVENTS):
            at = began + timedelta(hours=hour)
            await append(tx, lot_id, event, step=str(hour), actor=actor, at=at)
