"""A page that follows what others change says when nothing comes any more, and since when."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from services.portal.rendering import sentence
from tests.browser.market import Market
from tests.browser.use import findings, wider_than_the_screen
from tests.browser.visit import IN_EVERY_LANGUAGE, PHONE, Visit
from tests.support.ports import free_port

pytestmark = pytest.mark.xdist_group("market")
SAYS = "This page stands as of {time}; nothing newer is coming."


@contextlib.asynccontextmanager
async def way_to(market: Market, port: int) -> AsyncIterator[None]:
    """The market at another port, until the block ends: then nothing answers there."""
    there = urlsplit(market.address)
    open_ways: set[asyncio.StreamWriter] = set()

    async def carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def led(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, away = await asyncio.open_connection(there.hostname, there.port)
        open_ways.update((writer, away))
        await asyncio.gather(carried(reader, away), carried(onward, writer))

    server = await asyncio.start_server(led, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for way in open_ways:
            way.transport.abort()
        await server.wait_closed()


@IN_EVERY_LANGUAGE
async def test_a_page_that_nothing_reaches_says_since_when_until_it_is_reached_again(
    the_market: Market, visit: Visit, language: str
) -> None:
    page, port = await visit.open(PHONE, language), free_port()
    await the_market.signed_in(page, the_market.person("officer"))
    stale = page.locator("#stale")
    # Without a time the sentence has a dash in its place.
    said = re.compile(re.escape(sentence(SAYS, language)).replace("–", r"\d\d:\d\d"))
    async with way_to(the_market, port):
        async with page.expect_response(re.compile("/portal/live")):
            await page.goto(f"http://127.0.0.1:{port}/portal/")
        await expect(stale).to_be_hidden()
    await expect(stale).to_have_text(said)
    await expect(stale).to_have_attribute("role", "status")
    assert [*await findings(page), *await wider_than_the_screen(page)] == []
    async with way_to(the_market, port):
        await expect(stale).to_be_hidden()
        await expect(page.locator("h1").first).to_be_visible()
