"""A process does not outlive the part it is there for, and ends only when all have finished."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deploy.operate.parts import Part, PartEnded, meanwhile, until_cancelled
from deploy.operate.window import answering
from services.platform.settings import Settings, SettingsError
from tests.support.ports import free_port


class Careful:
    """A part that takes a moment to finish."""

    def __init__(self) -> None:
        self.is_finished = False

    async def run(self) -> None:
        try:
            await until_cancelled()
        finally:
            await asyncio.sleep(0.05)
            self.is_finished = True


async def fails() -> None:
    raise RuntimeError("this part is broken")


async def ends() -> None:
    """As a loop that was left by mistake."""


async def wants_a_setting() -> None:
    raise SettingsError("Set it.")


@pytest.mark.parametrize("part", [fails, ends])
async def test_a_part_that_ends_by_itself_ends_all_others_when_they_have_finished(
    part: Part,
) -> None:
    beside = Careful()
    with pytest.raises(ExceptionGroup) as ended:
        async with meanwhile({"relay": part, "http": beside.run}):
            await asyncio.wait_for(until_cancelled(), 30)
    (error,) = ended.value.exceptions
    assert isinstance(error, PartEnded)
    assert str(error) == "relay"
    assert beside.is_finished


async def test_what_a_person_can_mend_is_told_as_it_is() -> None:
    with pytest.raises(ExceptionGroup) as ended:
        async with meanwhile({"relay": wants_a_setting}):
            await asyncio.wait_for(until_cancelled(), 30)
    assert isinstance(ended.value.exceptions[0], SettingsError)


async def test_parts_that_are_stopped_on_purpose_finish_and_nothing_is_raised() -> None:
    one, other = Careful(), Careful()
    async with meanwhile({"http": one.run, "relay": other.run}):
        await asyncio.sleep(0)
    assert one.is_finished
    assert other.is_finished


async def test_a_part_that_fails_while_it_finishes_does_not_cut_another_off() -> None:
    async def falls() -> None:
        try:
            await until_cancelled()
        finally:
            raise RuntimeError("in the end")

    beside = Careful()
    async with meanwhile({"relay": falls, "http": beside.run}):
        await asyncio.sleep(0)
    assert beside.is_finished


async def test_a_part_that_does_not_finish_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.operate.parts.DRAIN_S", 0.05)

    async def lingers() -> None:
        try:
            await until_cancelled()
        finally:
            await until_cancelled()

    async with meanwhile({"relay": lingers}):
        await asyncio.sleep(0)


async def test_a_request_under_way_is_answered_before_the_process_ends() -> None:
    port, begun = free_port(), asyncio.Event()

    async def slow(_: Request) -> Response:
        begun.set()
        await asyncio.sleep(0.3)
        return PlainTextResponse("done")

    settings = at_port(port)
    app = Starlette(routes=[Route("/", slow)])
    async with httpx2.AsyncClient() as http:
        async with meanwhile({"http": partial(answering, app, settings)}):
            asking = asyncio.create_task(patiently(http, port))
            await asyncio.wait_for(begun.wait(), 30)
        assert (await asking).text == "done"
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/")


def at_port(port: int) -> Settings:
    nowhere = Path("/nowhere")
    return Settings(database_url="postgresql://nowhere/x", secrets_file=nowhere, http_port=port)


async def patiently(http: httpx2.AsyncClient, port: int) -> httpx2.Response:
    while True:
        try:
            return await http.get(f"http://127.0.0.1:{port}/")
        except httpx2.ConnectError:
            await asyncio.sleep(0.02)


async def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    refused = pytest.raises(SettingsError, match=r"Address already in use.*HTTP_PORT")
    with socket.create_server(("127.0.0.1", 0)) as taken, refused:
        await answering(Starlette(), at_port(taken.getsockname()[1]))
