"""The rings of every service: what is taken as text, how much is said, what the log learns."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx2
import pytest
import structlog
from prometheus_client import generate_latest
from structlog.testing import LogCapture

from services.kernel.identifiers import new_id
from services.kernel.refusals import ID_INVALID, NOT_A_MEMBER
from services.platform import problem
from services.platform.front import Front, origin_of
from tests.platform.test_edge import application, http, is_problem

__all__ = ["http"]


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "a"}'.encode("utf-16"),
        '{"text": "a"}'.encode("utf-16-le"),
        '{"text": "界"}'.encode("utf-16-be"),
        '{"text": "a"}'.encode("utf-32"),
        '{"text": "界"}'.encode("gb18030"),
        b'{"text": "\xed\xa0\x80"}',
    ],
)
async def test_a_body_is_utf_8(http: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/trial/v1/notes", content=body, headers=headers)
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert "UTF-8" in answer.json()["detail"]


@pytest.mark.parametrize(("text", "length"), [("\ud83d\ude00", 1), ("\\u0000", 6), ("\\ud800", 6)])
async def test_what_only_looks_unfit_is_taken(
    http: httpx2.AsyncClient, text: str, length: int
) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16")
    answer = await http.post("/trial/v1/notes", json={"text": whole})
    assert answer.json() == {"length": length}


async def test_an_answer_lists_a_hundred_mistakes_and_counts_the_rest(
    http: httpx2.AsyncClient,
) -> None:
    body = {"text": "a", "parts": ["x"] * 500, "y" * 40_000: 1}
    answer = await http.post("/trial/v1/notes", json=body)
    assert is_problem(answer, 422, "REQUEST_INVALID")
    assert (len(answer.json()["errors"]), answer.json()["errors_left_out"]) == (100, 401)
    long = await http.post("/trial/v1/notes", json={"text": "a", "y" * 40_000: 1})
    assert len(long.content) < 2_000


async def test_whatever_is_refused_a_thousand_times_shows_each_code() -> None:
    many = [NOT_A_MEMBER.at(f"/tickets/{n}") for n in range(1_500)]
    answer = problem.answer([*many, ID_INVALID.at()], at=datetime.now(UTC))
    codes = [error["code"] for error in answer.body["errors"]]
    assert (len(codes), codes[0], codes[-1]) == (1_000, "NOT_A_MEMBER", "ID_INVALID")
    assert answer.body["errors_left_out"] == 501


async def test_where_callers_come_by_tls_they_are_told_to_stay_with_it() -> None:
    front = Front(origin="https://window.example.org")
    transport = httpx2.ASGITransport(app=application(front))
    async with httpx2.AsyncClient(transport=transport, base_url="http://trial") as http:
        for path in ("/trial/v1/refused", "/trial/docs", "/trial/v1/nothing"):
            answer = await http.get(path)
            assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_the_explorers_page_runs_nothing_but_its_own_files(http: httpx2.AsyncClient) -> None:
    page = await http.get("/trial/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert not re.search(r"<script(?![^>]*src=)", page.text)
    for path in [name for name in named if not name.startswith("data:")]:
        assert (await http.get(path)).status_code == 200
    assert "/trial/openapi.json" in (await http.get("/trial/docs/start.js")).text


async def test_the_log_knows_template_codes_and_case_and_never_what_stood_in_the_address(
    http: httpx2.AsyncClient,
) -> None:
    logged = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logged])
    case = new_id("lot")
    try:
        await http.get("/trial/v1/people/450681180101010011")
        await http.get(f"/trial/v1/people/{case}")
        await http.get("/trial/v1/refused")
        await http.request("MADEUP", "/trial/v1/450681180101010011")
    finally:
        structlog.configure(**before)
    lines = [entry for entry in logged.entries if entry["event"] == "request"]
    assert [line["route"] for line in lines[:2]] == ["/trial/v1/people/{number}"] * 2
    assert [line["case"] for line in lines[:2]] == [None, case]
    assert lines[2]["codes"] == ["NOT_A_MEMBER", "ID_INVALID"]
    assert (lines[3]["method"], lines[3]["route"]) == ("OTHER", "unmatched")
    assert all(line["source"] for line in lines)
    measured = generate_latest().decode()
    for said in (str(logged.entries), measured):
        assert "450681180101010011" not in said
        assert "MADEUP" not in said


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Window.example.org/", "https://window.example.org"),
        ("https://window.example.org:443", "https://window.example.org"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("window.example.org", None),
        ("https://window.example.org/path", None),
        ("ftp://window.example.org", None),
        ("https://user@window.example.org", None),
    ],
)
def test_an_origin_is_a_scheme_and_an_authority(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(ValueError, match="write the origin"):
            origin_of(written)
    else:
        assert origin_of(written) == meant
