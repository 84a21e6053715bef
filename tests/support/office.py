"""One service as callers see it: its app over a real database, and tokens of every role."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlalchemy.engine import make_url

from deploy.operate.data_directory import Endpoints
from deploy.sandbox.token import token
from services.kernel.identifiers import uuid_of
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.bell import Bell
from services.platform.database import Database
from services.platform.manifest import Manifest
from services.platform.policy import PolicyCache
from services.platform.roles import DUTIES
from services.platform.services import Services
from services.platform.tail import Tail
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from tests.support.reading import signed

ISSUER = "urn:tradewindow:sandbox"
_SEEN = text("UPDATE register_changes SET confirm_from = now() WHERE change_id = :change_id")


@dataclass
class Office:
    """A caller's view of one service."""

    name: str
    client: httpx2.AsyncClient
    services: Services
    key: OKPKey

    def headers(
        self, role: str, party: str = "", subject: str = "", port: str = ""
    ) -> dict[str, str]:
        """A token of a role for a party."""
        duty = DUTIES[role]
        minted = token(
            self.key,
            role=role,
            party=party or f"{duty.party_kind}:none",
            subject=subject or f"{role}-1",
            port=port or ("DONGXING" if duty.at_a_port else None),
        )
        return {"Authorization": f"Bearer {minted}"}

    async def post(
        self, path: str, body: Any, *, role: str = "registrar", **caller: str
    ) -> httpx2.Response:
        """A POST with a fresh idempotency key; what it signs is read before."""
        headers = {**self.headers(role, **caller), "Idempotency-Key": uuid4().hex}
        address = f"/{self.name}/v1{path}"
        return await signed(
            address,
            lambda upon: self.client.post(address, json=body, headers={**headers, **upon}),
            lambda place: self.client.get(place, headers=headers),
        )

    async def get(self, path: str, *, role: str = "registrar", **caller: str) -> httpx2.Response:
        """A GET."""
        return await self.client.get(f"/{self.name}/v1{path}", headers=self.headers(role, **caller))

    async def file(self, path: str, *rows: dict[str, Any]) -> httpx2.Response:
        """File rows as the registrar."""
        return await self.post(path, {"rows": list(rows)})

    async def on_file(self, path: str, *rows: dict[str, Any]) -> httpx2.Response:
        """File rows as the registrar, and have another confirm what takes two, once it was seen
        long enough; the receipt."""
        answer = await self.file(path, *rows)
        if answer.is_success and answer.json().get("proposed"):
            decided = await self.seconded(answer.json()["filing_id"])
            assert decided.json().get("state") == "CONFIRMED", decided.text
        return answer

    async def listed(self, path: str, *rows: dict[str, Any]) -> httpx2.Response:
        """File rows of one of the law's lists, and have another confirm them; the decision, or why
        they cannot be proposed."""
        answer = await self.file(path, *rows)
        return await self.decided(answer.json()["filing_id"]) if answer.is_success else answer

    async def decided(
        self, filing_id: str, *, by: str = "registrar-9", confirm: bool = True
    ) -> httpx2.Response:
        """A registrar, mostly another, decides what is proposed for one of the law's lists."""
        body = {"confirm": confirm}
        return await self.post(f"/filings/{filing_id}/decision", body, subject=by)

    async def seconded(self, filing_id: str, *, by: str = "registrar-9") -> httpx2.Response:
        """Another registrar confirms a proposal that was seen long enough."""
        async with self.services.database.transaction() as tx:
            await tx.execute(_SEEN, {"change_id": uuid_of(filing_id, "imp")})
        return await self.post(f"/changes/{filing_id}/decision", {"confirm": True}, subject=by)


@asynccontextmanager
async def opened(manifest: Manifest, stack: Endpoints, stack_home: Path) -> AsyncIterator[Office]:
    """A service with its role over the tests' database."""
    secrets = json.loads((stack_home / "secrets.json").read_text())
    key = OKPKey.import_key(json.loads((stack_home / "issuer.jwk").read_text()))
    url = make_url(stack.database_url).set(
        drivername="postgresql",
        username=manifest.role,
        password=secrets["database_passwords"][manifest.role],
    )
    database = Database(url.render_as_string(hide_password=False), role=manifest.role)
    services = Services(
        database=database,
        authenticator=Authenticator.from_file(
            stack_home / "issuer.jwk", issuer=ISSUER, audience="tradewindow"
        ),
        receipts=Receipts(base64.b64decode(secrets["receipt_key"])),
        vault=Vault(
            field_key=base64.b64decode(secrets["field_key"]),
            hash_key=base64.b64decode(secrets["hash_key"]),
        ),
        policy=PolicyCache(),
        waiting=WaitingRoom(Tail(database, Bell(database))),
        passkeys=None,
    )
    transport = httpx2.ASGITransport(app=manifest.app(services), raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url=f"http://{manifest.name}"
    ) as client:
        yield Office(manifest.name, client, services, key)
    await database.close()
