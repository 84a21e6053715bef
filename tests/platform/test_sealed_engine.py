"""A case whose engine is not the embedded one: whoever reads the engine reads nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import GrpcCompression, RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from deploy.operate import replay
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.parts import meanwhile
from deploy.operate.secret_shares import renewed
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, carriers
from migrations.apply import apply_async
from services.platform.sealing import ENCODING, KEY_ID, Seal, key_id
from services.platform.secret_file import SecretFile
from services.platform.settings import Settings
from services.platform.temporal import access_of, connect, engine_keys
from tests.support.harbour import Harbour, approve_rules, open_port
from tests.support.on_file import seller_filed
from tests.support.patience import LOOKS
from tests.support.reading import Readers
from tests.support.window import SELLER, Window
from workflows import search_attributes
from workflows.kinds import KINDS

WORDS = "这些话不该给引擎看"
CODE = re.compile(r"[A-Za-z0-9_:.-]{1,64}")


@pytest.fixture(scope="module")
async def elsewhere(stack: Endpoints) -> Endpoints:
    """A database and a namespace that no other window works on."""
    name = f"sealed_{uuid4().hex[:8]}"
    superuser = await asyncpg.connect(stack.database_url)
    await superuser.execute(f'CREATE DATABASE "{name}"')
    await superuser.close()
    client = await Client.connect(stack.temporal_address)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    while True:
        with contextlib.suppress(RPCError):
            asked = ListSearchAttributesRequest(namespace=name)
            await client.operator_service.list_search_attributes(asked)
            break
        await asyncio.sleep(0.2)
    url = f"{stack.database_url.rpartition('/')[0]}/{name}"
    return replace(stack, database_url=url, temporal_namespace=name)


def sealed_settings(home: Path, elsewhere: Endpoints, secrets_file: Path) -> Settings:
    """A window's settings as on real servers, whose engine is sealed."""
    settings = settings_of(home, endpoints=elsewhere)
    settings.engine_sealed = True
    settings.secrets_file = secrets_file
    return settings


@contextlib.asynccontextmanager
async def window(settings: Settings, home: Path, url: str) -> AsyncIterator[Window]:
    assembly = Assembly.create(settings, with_relay=True)
    pool = await asyncpg.create_pool(url, min_size=0, max_size=4)
    async with meanwhile(carriers(assembly)):
        transport = httpx2.ASGITransport(app=all_in_one(assembly))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://window", timeout=60
        ) as http:
            parties = Readers(http, DataDirectory(home).issuer_key())
            await seller_filed(pool, SELLER, code="S-0001")
            yield Window(assembly, parties, pool, home)
    pool.terminate()
    await assembly.close()


def messages(message: Message) -> Iterator[Message]:
    """A message and every one inside, search attributes apart: those the engine must compare."""
    yield message
    for described, value in message.ListFields():
        if described.message_type is None or described.name == "search_attributes":
            continue
        if described.message_type.GetOptions().map_entry:
            inner: Any = [v for v in value.values() if isinstance(v, Message)]
        else:
            inner = value if described.is_repeated else [value]
        for each in inner:
            yield from messages(each)


def payloads(history: Any) -> list[Payload]:
    return [m for event in history.events for m in messages(event) if isinstance(m, Payload)]


def attributes(history: Any) -> Iterator[tuple[str, str]]:
    """The search attributes of a history, the one thing in clear."""
    for event in history.events:
        for _, value in event.ListFields():
            if (
                isinstance(value, Message)
                and "search_attributes" in value.DESCRIPTOR.fields_by_name
            ):
                for name, payload in value.search_attributes.indexed_fields.items():  # type: ignore[attr-defined]
                    yield name, json.loads(payload.data)


async def test_what_goes_to_the_engine_is_not_packed(stack: Endpoints) -> None:
    client = await connect(stack.temporal_address, stack.temporal_namespace)
    assert client.service_client.config.grpc_compression is GrpcCompression.NONE


async def raw_history(elsewhere: Endpoints, case: str) -> Any:
    """What a stranger with the engine's address reads of a case."""
    stranger = await Client.connect(
        elsewhere.temporal_address, namespace=elsewhere.temporal_namespace
    )
    return await stranger.get_workflow_handle(case).fetch_history()


@pytest.mark.slow
async def test_a_case_is_sealed_goes_on_after_its_key_was_renewed_and_can_be_replayed(
    elsewhere: Endpoints, stack_home: Path, tmp_path: Path
) -> None:
    master = tmp_path / "secrets.json"
    master.write_bytes((stack_home / "secrets.json").read_bytes())
    passwords = SecretFile.read(master).passwords()
    await apply_async(elsewhere.database_url, passwords)
    settings = sealed_settings(stack_home, elsewhere, master)
    before = SecretFile.read(master).key("engine_key")
    async with window(settings, stack_home, elsewhere.database_url) as first:
        await approve_rules(first)
        harbour = Harbour(first, await open_port(first))
        group = await harbour.group(2)
        lot_id = await harbour.accepted(group, values=["12.34", "56.78"])
        await until_started(elsewhere, lot_id)

    for _ in range(2):
        master.write_text(json.dumps(renewed(SecretFile.read(master))))
    settings = sealed_settings(stack_home, elsewhere, master)
    after = SecretFile.read(master).key("engine_key")
    async with window(settings, stack_home, elsewhere.database_url) as second:
        parties = second.parties
        clerk = parties.act_as("clerk", f"group:{group.code}")
        path = f"/declaration/v1/lots/{lot_id}/confirmations"
        await clerk.post(path, {"by_mandate": True})
        await Harbour(second, harbour.port).until(clerk, lot_id, "RELEASED")

    history = await raw_history(elsewhere, lot_id)
    kept = payloads(history)
    engines_own = [p for p in kept if p.metadata["encoding"] != ENCODING]
    assert {key_id(before).encode(), key_id(after).encode()} == {
        p.metadata[KEY_ID] for p in kept if p not in engines_own
    }
    said = b"".join(e.SerializeToString() for e in history.events)
    for needle in ("12.34", "56.78", "69.12", *(kind.summary for kind in KINDS.values())):
        assert needle.encode() not in said
    for payload in engines_own:
        # What a local step's marker says of itself: its name, its number, its times.
        assert set(json.loads(payload.data)) <= {
            *("seq", "attempt", "activation_index", "activity_id", "activity_type"),
            *("complete_time", "backoff", "original_schedule_time"),
        }

    in_clear = dict(attributes(history))
    assert {"CaseType", "Port", "CaseState"} <= set(in_clear)
    assert set(in_clear) <= {key.name for key in search_attributes.ALL}
    assert [value for value in in_clear.values() if not CODE.fullmatch(value)] == []

    access = access_of(settings)
    client = await connect(elsewhere.temporal_address, elsewhere.temporal_namespace, access=access)
    await replay.save(client, lot_id, tmp_path / "opened.json", seal=access.seal)
    opened = (tmp_path / "opened.json").read_text()
    assert "encryption-key-id" not in opened
    assert await replay.replayed(tmp_path / "opened.json") is None


async def until_started(elsewhere: Endpoints, case: str) -> None:
    for _ in range(LOOKS):
        with contextlib.suppress(RPCError):
            if len((await raw_history(elsewhere, case)).events) > 3:
                return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case} was not started")


@activity.defn
async def fails(said: str) -> None:
    raise ApplicationError(said, said, non_retryable=True)


_tried: list[str] = []


@workflow.defn
class Talkative:
    """Says its words in every place that the engine has for words."""

    @workflow.run
    async def run(self, said: str) -> str:
        """The words."""
        if not _tried:
            _tried.append(said)
            raise ValueError(said)
        workflow.set_current_details(said)
        await workflow.sleep(timedelta(milliseconds=1), summary=said)
        for local in (True, False):
            with contextlib.suppress(ActivityError):
                limit = timedelta(seconds=5)
                if local:
                    await workflow.execute_local_activity(
                        fails, said, start_to_close_timeout=limit, summary=said
                    )
                else:
                    await workflow.execute_activity(
                        fails, said, start_to_close_timeout=limit, summary=said
                    )
        workflow.upsert_memo({"said": said})
        raise ApplicationError(said, {"said": said})


async def test_no_words_reach_the_engine_by_failure_summary_memo_or_detail(
    elsewhere: Endpoints, stack_home: Path, tmp_path: Path
) -> None:
    settings = sealed_settings(stack_home, elsewhere, stack_home / "secrets.json")
    client = await connect(
        elsewhere.temporal_address,
        elsewhere.temporal_namespace,
        access=access_of(settings),
    )
    case = f"talk-{uuid4().hex}"
    async with Worker(
        client,
        task_queue=case,
        workflows=[Talkative],
        activities=[fails],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        with pytest.raises(WorkflowFailureError) as raised:
            await client.execute_workflow(
                Talkative.run,
                WORDS,
                id=case,
                task_queue=case,
                memo={"first": WORDS},
                static_summary=WORDS,
                static_details=WORDS,
            )
    assert isinstance(raised.value.cause, ApplicationError)
    assert raised.value.cause.message == WORDS
    history = await raw_history(elsewhere, case)
    said = b"".join(e.SerializeToString() for e in history.events)
    kinds = {event.event_type for event in history.events}
    assert len(kinds) > 8
    assert WORDS.encode() not in said
    assert json.dumps(WORDS)[1:-1].encode() not in said
    assert b".py" not in said
    seal = Seal(engine_keys(settings))
    assert any(WORDS.encode() in seal.opened(p).data for p in payloads(history))
    await replay.save(client, case, tmp_path / "opened.json", seal=seal)
    events = json.loads((tmp_path / "opened.json").read_text())["events"]
    failed = [e for e in events if e["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED"]
    (failure,) = [e["workflowExecutionFailedEventAttributes"]["failure"] for e in failed]
    assert failure["message"] == WORDS
