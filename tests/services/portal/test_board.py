"""The public board: each part with a face of its own when it is empty, old, or not to be had."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.operate.assembly import Assembly
from deploy.operate.screens import Screens
from deploy.operate.secret_shares import make
from services.folders import names
from services.platform.settings import Settings

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
LATER = "Nothing newer is to be had now. This is as of"
FAILED = "This cannot be shown now. Look again in a minute."
TIMES = {"until": "2026-11-26T12:00:00+08:00", "hours": 3, "lots_min": 5, "declarants_min": 3}
RELEASED = {
    "span": "TODAY",
    "port": "DONGXING",
    "lane": "GREEN",
    "hs_code": None,
    "goods_zh": None,
    "goods_en": None,
    "lots": 15,
    "median_min": 7,
    "p90_min": 95,
}

DONGXING = {"port": "DONGXING", "name_zh": "东兴", "name_en": "Dongxing"}

ABOC = {"bic": "ABOCCNBJ", "name": "中国农业银行"}


@dataclass
class Window:
    """An interface that says what a test lets it say, and counts how often it is asked."""

    folder: Path
    away: set[str] = field(default_factory=set)
    said: dict[str, Any] = field(
        default_factory=lambda: {
            "/window/v1/release-times": {**TIMES, "items": []},
            "/market/v1/board": {"day": "2026-11-26", "items": []},
            "/window/v1/seals": {"items": [], "next_cursor": None},
            "/registry/v1/port-names": {"items": [DONGXING]},
            "/registry/v1/bank-names": {"items": [ABOC]},
        }
    )
    asked: Counter[str] = field(default_factory=Counter)
    carried: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked[path] += 1
        self.carried += [v for n, v in request.headers.items() if n in ("authorization", "cookie")]
        if path in self.away:
            return JSONResponse({"code": "UNAVAILABLE"}, status_code=503)
        return JSONResponse(self.said.get(path, {"status": "ready"}))

    def client(self) -> httpx2.AsyncClient:
        make(self.folder / "master.json")
        key = OKPKey.generate_key("Ed25519").as_dict(private=False)
        (self.folder / "jwks.json").write_text(json.dumps(key))
        settings = Settings(
            database_url="postgresql://db/x",
            secrets_file=self.folder / "master.json",
            jwks_file=self.folder / "jwks.json",
            oidc_metadata="https://login.example.org/.well-known/openid-configuration",
        )
        inner = Starlette(routes=[Route("/{path:path}", self.answer)])
        app = Screens(inner, Assembly.create(settings))
        headers = {"accept-language": "en", "cookie": "tw=somebodys"}
        transport = httpx2.ASGITransport(app=app)
        return httpx2.AsyncClient(transport=transport, base_url="http://w", headers=headers)


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


async def shown(http: httpx2.AsyncClient) -> str:
    answer = await http.get("/portal/board")
    assert answer.status_code == 200
    return answer.text


async def test_nothing_yet_has_a_face_of_its_own(window: Window) -> None:
    async with window.client() as http:
        page = await shown(http)
    assert "There are not lots enough yet to say anything." in page
    assert "Nothing is sealed yet" in page
    assert FAILED not in page
    assert LATER not in page


async def test_times_stand_by_lane_and_what_is_too_little_is_not_said(window: Window) -> None:
    window.said["/window/v1/release-times"] = {**TIMES, "items": [RELEASED]}
    async with window.client() as http:
        page = await shown(http)
    assert "<b>7 min</b>" in page
    assert "nine of ten within 1 h 35 min" in page
    assert "15 lots or more" in page
    assert page.count("too few to say") == 2  # of the last hours, and of what waits


async def test_banks_on_the_rota_stand_by_name_and_by_code_where_they_have_none(
    window: Window,
) -> None:
    duty = {"bank_bic": "ABOCCNBJ", "turn_bic": "ICBKCNBJ", "stands_in": True}
    pair = {"pair": "CNY/VND", "price": None, "duty": duty}
    window.said["/market/v1/board"] = {"day": "2026-11-26", "items": [pair]}
    async with window.client() as http:
        page = await shown(http)
        assert '<span>中国农业银行 <span class="code whole">ABOCCNBJ</span></span>' in page
        assert "stands in for ICBKCNBJ" in page
    window.away.add("/registry/v1/bank-names")
    async with window.client() as http:
        page = await shown(http)
    assert '<span class="code whole">ABOCCNBJ</span>' in page
    assert "中国农业银行" not in page


async def test_a_full_hall_asks_once_in_some_seconds_and_with_nobodys_token(
    window: Window,
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        async with window.client() as http:
            for _ in range(5):
                await shown(http)
            assert set(window.asked.values()) == {1}
            assert len(window.asked) == 5 + len(names())
            clock.shift(timedelta(seconds=11))
            await shown(http)
    assert set(window.asked.values()) == {2}
    assert window.carried == []


async def test_what_cannot_be_had_anew_is_shown_with_its_time_and_at_last_not_at_all(
    window: Window,
) -> None:
    window.said["/window/v1/release-times"] = {**TIMES, "items": [RELEASED]}
    with time_machine.travel(NOW, tick=False) as clock:
        async with window.client() as http:
            await shown(http)
            window.away.add("/window/v1/release-times")
            clock.shift(timedelta(minutes=2))
            page = await shown(http)
            assert (page.count(LATER), FAILED in page) == (1, False)
            assert "<b>7 min</b>" in page
            await shown(http)
            assert window.asked["/window/v1/release-times"] == 2
            clock.shift(timedelta(minutes=31))
            page = await shown(http)
            assert (LATER in page, page.count(FAILED)) == (False, 1)
            window.away.clear()
            clock.shift(timedelta(seconds=11))
            page = await shown(http)
    assert (LATER in page, FAILED in page) == (False, False)


async def test_one_part_that_fails_takes_no_other_with_it(window: Window) -> None:
    window.away |= {"/market/v1/board", "/settlement/health/ready"}
    async with window.client() as http:
        page = await shown(http)
    assert page.count(FAILED) == 1
    assert page.count("does not answer") == 1
    assert page.count('<li class="up">') == len(names()) - 1
