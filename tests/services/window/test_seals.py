"""Seals are everybody's to keep; whose case it is sees that one has it, and not by which hash."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from deploy.operate.data_directory import Endpoints
from deploy.operate.sealing import seal
from deploy.operate.settings import settings_of
from services.kernel.identifiers import uuid_of
from services.platform.database import Database
from services.platform.settings import role_of
from tests.services.window.conftest import Desk
from tests.support.patience import LOOKS


@pytest.fixture
async def sealed(desk: Desk, stack: Endpoints, stack_home: Path) -> Any:
    """Seals until a case is in one: another's transaction may hold it back."""
    settings = settings_of(stack_home, endpoints=stack)
    role = role_of("relay")
    relay = Database(settings.database_url_for(role), role=role, pool_size=1)

    async def until(lot_id: str) -> None:
        has = "SELECT EXISTS (SELECT FROM sealed_heads WHERE case_id = $1)"
        for _ in range(LOOKS):
            async with desk.sql.acquire() as by_hand, by_hand.transaction():
                await by_hand.execute("SET LOCAL session_replication_role = replica")
                await by_hand.execute("UPDATE seals SET cut_short = true")
            await seal(relay, settings.key("seal_key"))
            if await desk.sql.fetchval(has, uuid_of(lot_id, "lot")):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it is held back for ever")

    yield until
    await relay.close()


def up(proof: dict[str, Any]) -> str:
    """The root to which a proof leads, as a stranger computes it by the description alone."""
    node = sha256(b"\0" + proof["leaf"].encode()).digest()
    for one in proof["path"]:
        pair = (bytes.fromhex(one["hash"]), node)
        node = sha256(b"\1" + b"".join(pair if one["side"] == "left" else pair[::-1])).digest()
    return node.hex()


async def test_a_stranger_without_a_token_checks_the_chain_of_seals(
    desk: Desk, sealed: Any
) -> None:
    for _ in range(3):
        await sealed(await desk.file_lot())
    listed: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await desk.http.get(f"/window/v1/seals?limit=2{cursor}")).json()
        listed += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [one["number"] for one in listed] == list(range(len(listed), 0, -1))
    for newer, older in zip(listed, [*listed[1:], None], strict=True):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(newer["public_key"]))
        key.verify(bytes.fromhex(newer["signature"]), newer["statement"].encode())
        assert f"root {newer['root']}\n" in newer["statement"]
        assert sha256(newer["statement"].encode()).hexdigest() == newer["digest"]
        before = "00" * 32 if older is None else older["digest"]
        assert f"previous {before}\n" in newer["statement"]


async def test_whose_case_it_is_sees_that_a_seal_has_it_and_an_auditor_by_which_hash(
    desk: Desk, sealed: Any
) -> None:
    lot_id = await desk.file_lot()
    await desk.file_lot()
    path = f"/window/v1/cases/{lot_id}/proof"
    assert (await desk.get(path)).json() == {"case_id": lot_id, "proof": None}
    await sealed(lot_id)

    proof = (await desk.get(path)).json()["proof"]
    assert up(proof) == proof["seal"]["root"]
    assert proof["leaf"].split()[:2] == [str(uuid_of(lot_id, "lot")), "1"]
    head = await desk.sql.fetchval(
        "SELECT head FROM cases WHERE case_id = $1", uuid_of(lot_id, "lot")
    )
    assert proof["opening"] is None
    assert head.hex() not in str(proof)
    assert sha256(head).hexdigest() not in str(proof), "nor can it be found by trying"

    audited = (await desk.get(path, "auditor", "auditor:A1")).json()["proof"]
    opened = bytes.fromhex(audited["opening"]["salt"]) + head
    assert audited["opening"]["hash"] == head.hex()
    assert proof["leaf"].split()[2] == sha256(opened).hexdigest()


async def test_another_groups_case_has_no_proof_for_you(desk: Desk, sealed: Any) -> None:
    lot_id = await desk.file_lot(group="DX-G901")
    await sealed(lot_id)
    answer = await desk.get(f"/window/v1/cases/{lot_id}/proof")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
