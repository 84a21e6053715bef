"""A party of a sandbox asks for what its address and its parameters say."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from deploy.sandbox.parties import Party


@pytest.mark.parametrize(
    ("address", "params", "asked"),
    [
        ("/orders", {}, "/orders"),
        ("/orders?open=true", {}, "/orders?open=true"),
        ("/orders", {"open": "true"}, "/orders?open=true"),
        ("/orders?open=true&absent=true", {"limit": 5}, "/orders?open=true&absent=true&limit=5"),
    ],
)
async def test_what_an_address_asks_for_is_asked_with_what_is_asked_beside(
    address: str, params: dict[str, Any], asked: str
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"asked": request.url.raw_path.decode()})

    transport = httpx2.MockTransport(answer)
    async with httpx2.AsyncClient(transport=transport, base_url="http://window") as http:
        assert await Party(http, "bearer").get(address, **params) == {"asked": asked}
