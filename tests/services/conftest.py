"""The bench of market and settlement: one for all tests of a run."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from joserfc.jwk import OKPKey
from sqlalchemy.engine import make_url
from starlette.types import Receive, Scope, Send

from deploy.operate.assembly import register_search_attributes
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.sandbox.book import Book
from deploy.sandbox.token import AUDIENCE, ISSUER
from services.kernel.canonical import number_key
from services.market import service as market
from services.platform import temporal
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.bell import Bell
from services.platform.database import Database
from services.platform.front import Front
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.services import Services
from services.platform.tail import Tail
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from services.settlement.api import SettlementServices
from services.settlement.api.official import official_schemas
from services.settlement.service import MANIFEST
from services.settlement.worker import create_worker
from tests.support.bench import API, BICS, MARKET, ORIGIN, Bench
from tests.support.beside import SCHEMAS
from tests.support.on_file import rota_begun, seller_filed
from tests.support.tells import tells_go_out
from workflows.kinds import KINDS


def _database(stack: Endpoints, passwords: Mapping[str, str], role: str) -> Database:
    url = make_url(stack.database_url).set(
        drivername="postgresql", username=role, password=passwords[role]
    )
    return Database(url.render_as_string(hide_password=False), role=role)


@pytest.fixture(scope="session")
async def session_bench(stack: Endpoints, stack_home: Path) -> AsyncIterator[Bench]:
    home = DataDirectory(stack_home)
    secrets = json.loads((stack_home / "secrets.json").read_text())
    database = partial(_database, stack, secrets["database_passwords"])
    client = await temporal.connect(stack.temporal_address, stack.temporal_namespace)
    await register_search_attributes(client)
    settlement, relay_database = database("tw_settlement"), database("tw_relay")
    prices = database("tw_market")
    bell = Bell(relay_database)
    relay = Relay(relay_database, KINDS, bell)
    settlement.committed = bell.ring
    official = official_schemas(SCHEMAS if SCHEMAS.is_dir() else None)
    waiting = WaitingRoom(Tail(settlement, bell))
    quoting = Services(
        database=prices,
        authenticator=Authenticator.from_file(
            stack_home / "issuer.jwk", issuer=ISSUER, audience=AUDIENCE
        ),
        receipts=Receipts(base64.b64decode(secrets["receipt_key"])),
        vault=Vault(
            field_key=base64.b64decode(secrets["field_key"]),
            hash_key=base64.b64decode(secrets["hash_key"]),
        ),
        policy=PolicyCache(),
        waiting=waiting,
        passkeys=None,
    )
    services = SettlementServices(
        **{**vars(quoting), "database": settlement, "policy": PolicyCache()}, official=official
    )
    pool = await asyncpg.create_pool(stack.database_url, min_size=0, max_size=8)
    keys = {bic: OKPKey.generate_key("Ed25519") for bic in BICS}
    apps = {
        MARKET: market.MANIFEST.app(quoting, front=Front(origin=ORIGIN)),
        API: MANIFEST.app(services, front=Front(origin=ORIGIN)),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = MARKET if scope["path"].startswith(MARKET) else API
        await apps[prefix](scope, receive, send)

    book = Book()
    async with (
        create_worker(client, settlement),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=ORIGIN,
            timeout=30,
        ) as http,
    ):
        made = Bench(
            *(http, services, client, pool, home.issuer_key(), book, keys, relay, relay_database),
            prices=prices,
        )
        await made.relay_start()
        yield made
        await made.relay_stop()
        await tells_go_out(pool)
    await book.close()
    await pool.close()
    await services.waiting.tail.close()
    await bell.close()
    for one in (settlement, prices, relay_database):
        await one.close()


@pytest.fixture
async def bench(session_bench: Bench) -> AsyncIterator[Bench]:
    """The bench with its own group and banks on the rota, and a market without prices."""
    sql, group = session_bench.sql, f"TS-{uuid4().hex[:8]}"
    session_bench.group = group
    others = await sql.fetch(
        "SELECT bic, rota_order FROM banks WHERE rota_order IS NOT NULL AND bic NOT LIKE 'TST%'"
    )
    await sql.execute("UPDATE banks SET rota_order = NULL")
    for order, bic in enumerate(BICS, 1):
        await sql.execute(
            "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
            " VALUES ($1, $2, $3, $4, '{CNY,VND}') ON CONFLICT (bic) DO UPDATE"
            " SET rota_order = excluded.rota_order, public_key = excluded.public_key",
            bic,
            f"Test bank {order}",
            json.dumps(session_bench.keys[bic].as_dict(private=False)),
            order,
        )
    await rota_begun(sql)
    await seller_filed(sql, "Settlement Test Seller", code="SELLER-SETTLE")
    await sql.execute(
        "INSERT INTO groups (group_code, name, kind, port, code_key)"
        " VALUES ($1, $2, 'mutual_aid', 'DONGXING', $3)",
        group,
        f"结算测试组{group}",
        number_key(group),
    )
    await sql.execute("DELETE FROM bank_quotes")
    await sql.execute("DELETE FROM bank_absences")
    await _without_prices(sql)
    yield session_bench
    await _without_prices(sql)
    await sql.execute("UPDATE banks SET rota_order = NULL WHERE bic LIKE 'TST%'")
    for row in others:
        await sql.execute(
            "UPDATE banks SET rota_order = $2 WHERE bic = $1", row["bic"], row["rota_order"]
        )
    await rota_begun(sql)


async def _without_prices(sql: asyncpg.Pool) -> None:
    """Firm quotes keep their price, so what was published is put where no test looks."""
    await sql.execute(
        "UPDATE pooled_prices SET valid_from = '2100-01-01', valid_until = '2100-01-02',"
        " ended_at = NULL"
    )
