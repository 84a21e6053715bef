"""A database without room refuses for a time: callers are told to come again, and it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory
from deploy.operate.settings import settings_of
from deploy.sandbox.token import token
from services.platform.settings import role_of
from tests.support.quiet import QuietDatabase

ROLE = role_of("window")
HOOK = {"url": "https://example.org/hook", "secret": "whsec_" + "c2VjcmV0" * 6}


@pytest.fixture
async def superuser(quiet: QuietDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(quiet.endpoints.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def full(superuser: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """As on a full disk: no row can be written, and no file for sorting."""
    here = await database_of(superuser)
    await superuser.execute(
        f"""
        CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER disk_full BEFORE INSERT ON webhooks
            FOR EACH ROW EXECUTE FUNCTION disk_full();
        ALTER ROLE {ROLE} IN DATABASE {here} SET temp_file_limit = 0;
        """
    )
    yield superuser
    await room_made(superuser)


async def database_of(session: asyncpg.Connection) -> str:
    """The test's own database: roles are the whole server's, where other tests are at work."""
    return str(await session.fetchval("SELECT quote_ident(current_database())"))


async def room_made(superuser: asyncpg.Connection) -> None:
    here = await database_of(superuser)
    await superuser.execute(
        "DROP FUNCTION IF EXISTS disk_full CASCADE;"
        f" ALTER ROLE {ROLE} IN DATABASE {here} RESET temp_file_limit;"
    )


@pytest.fixture
async def http(quiet: QuietDatabase) -> AsyncIterator[httpx2.AsyncClient]:
    assembly = Assembly.create(settings_of(quiet.home, endpoints=quiet.endpoints))
    transport = httpx2.ASGITransport(app=assembly.app("window"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        yield http
    await assembly.close()


async def test_on_a_full_disk_callers_are_told_to_come_again_until_there_is_room(
    quiet: QuietDatabase, full: asyncpg.Connection, http: httpx2.AsyncClient
) -> None:
    key = DataDirectory(quiet.home).issuer_key()
    bearer = token(key, role="clerk", party=f"group:{uuid4().hex[:8]}", subject="clerk-7")
    act = {"authorization": f"Bearer {bearer}", "idempotency-key": uuid4().hex}
    assert (await http.get("/window/health/ready")).status_code == 200

    refused = await http.post("/window/v1/webhooks", json=HOOK, headers=act)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "UNAVAILABLE"
    assert "has no room to write" in refused.json()["detail"]

    unready = await http.get("/window/health/ready")
    assert unready.status_code == 503
    assert unready.json()["detail"] == refused.json()["detail"]
    await room_made(full)
    # Sessions that were opened before keep their limit.
    await full.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = $1 AND datname = current_database()",
        ROLE,
    )
    answers = [(await http.get("/window/health/ready")).status_code for _ in range(3)]
    assert answers[-1] == 200
    assert (await http.post("/window/v1/webhooks", json=HOOK, headers=act)).status_code == 201
