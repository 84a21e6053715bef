"""The outermost ring of every service: limits, problem details, and no word about our insides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import asyncpg
import httpx2
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from structlog.testing import LogCapture

from deploy.operate.data_directory import Endpoints
from deploy.operate.settings import settings_of
from services.kernel.refusal import Refused
from services.kernel.refusals import ID_INVALID, NOT_A_MEMBER
from services.platform.application import create_application
from services.platform.database import Database, DatabaseUnreachable
from services.platform.front import Front
from services.platform.intake import NOTE

LET_GO = asyncio.Event()
router = APIRouter(prefix="/trial/v1")


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    parts: list[int] = []


@router.post("/notes")
async def note_keep(body: Note) -> dict[str, int]:
    return {"length": len(body.text)}


@router.get("/notes")
async def note_list(limit: int = 1, by: Annotated[str, Query(alias="open")] = "") -> list[str]:
    return [by] * limit


@router.get("/slow")
async def slow() -> dict[str, str]:
    await LET_GO.wait()
    return {}


@router.get("/bug")
async def bug(number: str) -> None:
    raise RuntimeError(f"resident {number} at postgresql://user:secret@host")


@router.get("/unreachable")
async def unreachable() -> None:
    database = Database("postgresql://nobody:secret@127.0.0.1:1/none", role="nobody")
    async with database.reading() as tx:
        await tx.execute(text("SELECT 1"))


@router.get("/refused")
async def refused() -> None:
    raise Refused(NOT_A_MEMBER.at("/tickets/0/value"), ID_INVALID.at())


@router.get("/people/{number}")
async def person(number: str) -> dict[str, str]:
    return {"length": str(len(number))}


def application(front: Front | None = None) -> FastAPI:
    services = SimpleNamespace(database=None)
    return create_application(
        name="trial",
        title="Trial",
        description="",
        routers=[router],
        services=services,
        front=front or Front(intake_limit=3),
    )


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application())
    async with httpx2.AsyncClient(transport=transport, base_url="http://trial") as client:
        yield client


def is_problem(answer: httpx2.Response, status: int, code: str) -> bool:
    body = answer.json()
    return (
        answer.status_code == body["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and body["code"] == code
        and body["type"] == f"urn:tradewindow:problem:{code}"
        and bool(body["request_id"])
    )


async def test_a_body_that_says_it_is_too_large_is_not_even_read(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/trial/v1/notes", json={"text": "x" * NOTE.size})
    assert is_problem(answer, 413, "TOO_LARGE")


async def test_a_chunked_body_is_counted_as_it_arrives(http: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(9):
            yield b"x" * (8 * 1024)
        yield b'"}'

    headers = {"Content-Type": "application/json"}
    answer = await http.post("/trial/v1/notes", content=chunks(), headers=headers)
    assert is_problem(answer, 413, "TOO_LARGE")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "９"])
async def test_a_content_length_that_is_no_number_is_refused(
    http: httpx2.AsyncClient, length: str
) -> None:
    headers = [(b"Content-Length", length.encode())]
    answer = await http.post("/trial/v1/notes", content=b"{}", headers=headers)
    assert 400 <= answer.status_code < 500


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(
    http: httpx2.AsyncClient,
) -> None:
    assert is_problem(await http.get("/trial/v1/nothing"), 404, "NOT_FOUND")
    assert is_problem(await http.delete("/trial/v1/notes"), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"text": 1}', "/text"),
        (b'{"text": "a", "parts": [1, "x"]}', "/parts/1"),
        (b'{"text": "a", "more/~": 1}', "/more~1~0"),
        (b"{}", "/text"),
        (b"[]", ""),
    ],
)
async def test_bad_input_is_refused_with_a_json_pointer_to_it(
    http: httpx2.AsyncClient, body: bytes, pointer: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/trial/v1/notes", content=body, headers=headers)
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"text": "a"', b"null", b'"' + b"[" * 99]
)
async def test_what_is_no_json_is_a_problem_and_not_a_fault(
    http: httpx2.AsyncClient, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/trial/v1/notes", content=body, headers=headers)
    assert is_problem(answer, 422, "REQUEST_INVALID")


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [(b"{", 1, 2), (b'{"text": "a"\n  "parts": []}', 2, 3), ('{"text":\n"界", x}'.encode(), 2, 6)],
)
async def test_a_body_that_is_no_json_is_told_the_line_and_column_where_it_breaks(
    http: httpx2.AsyncClient, body: bytes, line: int, column: int
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/trial/v1/notes", content=body, headers=headers)
    assert is_problem(answer, 422, "REQUEST_INVALID")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == ""
    assert f"line {line}, column {column} " in error["detail"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", None]
)
async def test_a_body_of_another_kind_is_told_which_kind_is_taken(
    http: httpx2.AsyncClient, kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await http.post("/trial/v1/notes", content=b'{"text": "a"}', headers=headers)
    assert is_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_named_with_a_charset_and_in_any_case(
    http: httpx2.AsyncClient, kind: str
) -> None:
    answer = await http.post(
        "/trial/v1/notes", content='{"text": "中"}'.encode(), headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()) == (200, {"length": 1})


async def test_a_query_parameter_that_is_not_known_is_named_with_those_that_are(
    http: httpx2.AsyncClient,
) -> None:
    assert (await http.get("/trial/v1/notes?limit=2&open=a")).status_code == 200
    answer = await http.get("/trial/v1/notes?Limit=2&open=a&a/b=&Limit=3")
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/query/Limit", "/query/a~1b"]
    assert "limit, open" in answer.json()["detail"]


async def test_a_query_parameter_is_given_once(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/trial/v1/notes?limit=2&open=a&limit=3")
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert answer.json()["errors"][0]["pointer"] == "/query/limit"
    assert "given 2 times" in answer.json()["detail"]


@pytest.mark.parametrize(
    "address", ["/trial/health/live", "/trial/docs", "/trial/openapi.json", "/trial/v1/slow"]
)
async def test_an_address_that_takes_no_query_says_so(
    http: httpx2.AsyncClient, address: str
) -> None:
    answer = await http.get(f"{address}?verbose=1")
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert answer.json()["errors"][0]["pointer"] == "/query/verbose"
    assert "takes none" in answer.json()["detail"]


async def test_what_is_nowhere_stays_nowhere_whatever_is_asked(http: httpx2.AsyncClient) -> None:
    assert is_problem(await http.get("/trial/v1/nothing?a=1"), 404, "NOT_FOUND")
    assert is_problem(await http.delete("/trial/v1/notes?a=1"), 405, "METHOD_NOT_ALLOWED")


async def test_several_reasons_come_in_one_answer(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/trial/v1/refused")
    assert is_problem(answer, 409, "NOT_A_MEMBER")
    assert [e["code"] for e in answer.json()["errors"]] == ["NOT_A_MEMBER", "ID_INVALID"]


async def test_a_bug_is_answered_without_its_text_and_logged_under_the_request_id(
    http: httpx2.AsyncClient,
) -> None:
    logged = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logged])
    try:
        answer = await http.get("/trial/v1/bug", params={"number": "450681180101010011"})
    finally:
        structlog.configure(**before)
    assert is_problem(answer, 500, "INTERNAL")
    bug_line = next(e for e in logged.entries if e["event"] == "bug")
    assert bug_line["request_id"] == answer.json()["request_id"]
    assert bug_line["error"] == "RuntimeError"
    for said in (answer.text, str(logged.entries)):
        assert "450681180101010011" not in said
        assert "secret" not in said


async def test_an_unreachable_database_is_503_with_retry_after_and_no_address(
    http: httpx2.AsyncClient,
) -> None:
    answer = await http.get("/trial/v1/unreachable")
    assert is_problem(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert "127.0.0.1" not in answer.text


async def test_beyond_the_intake_limit_callers_are_told_to_come_back(
    http: httpx2.AsyncClient,
) -> None:
    LET_GO.clear()
    inside = [asyncio.create_task(http.get("/trial/v1/slow")) for _ in range(3)]
    await asyncio.sleep(0.05)
    turned_away = await http.get("/trial/v1/slow")
    LET_GO.set()
    assert is_problem(turned_away, 429, "TOO_MANY_REQUESTS")
    assert turned_away.headers["retry-after"] == "1"
    assert {a.status_code for a in await asyncio.gather(*inside)} == {200}
    assert (await http.get("/trial/v1/slow")).status_code == 200


async def test_every_answer_carries_the_callers_request_id_if_it_is_a_decent_one(
    http: httpx2.AsyncClient,
) -> None:
    given = "trace-0123456789"
    answer = await http.get("/trial/v1/refused", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given
    for indecent in ("short", "a b c d e f g", "x" * 65, "'; DROP TABLE"):
        answer = await http.get("/trial/v1/refused", headers={"X-Request-ID": indecent})
        assert answer.json()["request_id"] != indecent


async def test_answers_are_never_cached_nor_guessed_at(http: httpx2.AsyncClient) -> None:
    answers: list[Any] = [
        await http.get("/trial/v1/refused"),
        await http.post("/trial/v1/notes", json={"text": "a"}),
        await http.get("/trial/v1/bug", params={"number": "1"}),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_session_that_ends_while_it_is_used_is_unreachable_and_the_next_one_is_not(
    stack: Endpoints, stack_home: Path
) -> None:
    settings = settings_of(stack_home, endpoints=stack)
    database = Database(settings.database_url_for("tw_window"), role="tw_window", pool_size=1)
    superuser = await asyncpg.connect(stack.database_url)

    async def end(session: asyncpg.Connection) -> None:
        ended = asyncio.Event()
        session.add_termination_listener(lambda _: ended.set())
        await superuser.execute("SELECT pg_terminate_backend($1)", session.get_server_pid())
        await ended.wait()

    for using in (database.reading, database.transaction):
        with pytest.raises(DatabaseUnreachable):
            async with using() as tx:
                await end(tx._connection)
                await tx.execute(text("SELECT 1"))
    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT 1"))).scalar_one() == 1
    await superuser.close()
    await database.close()
