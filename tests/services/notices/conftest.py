"""A window of its own whose notices leave: to a mail server and a gateway of the tests."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from deploy.local.stack import Endpoints
from deploy.operate.parts import Part
from services.notices.channels import channels_of
from services.notices.service import MANIFEST
from services.notices.worker import Judging, Sending
from tests.support.mailbox import Mailbox, mailbox
from tests.support.numbers import fresh
from tests.support.patience import sooner_or_later
from tests.support.reading import Reader
from tests.support.receiver import Receiver, listening
from tests.support.window import Window, opened

SMS_SECRET: Final = "whsec_" + base64.b64encode(b"only for the tests of the gateway").decode()
LIST: Final = "/notices/v1/notices"


@dataclass
class Post:
    """The window with its ways out, and what came by each."""

    window: Window
    mail: Mailbox
    gateway: Receiver
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, part: str) -> None:
        """The window judges, or sends, by itself."""
        work = self.window.assembly.beside(MANIFEST.beside)[part]
        self._running[part] = asyncio.create_task(_of(work), name=part)

    async def end(self, part: str) -> None:
        """It does no more, and has finished what was under way. Raises what ended it before."""
        task = self._running.pop(part)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    @asynccontextmanager
    async def without(self, part: str) -> AsyncIterator[None]:
        """Inside, the window itself does not judge, or not send."""
        await self.end(part)
        try:
            yield
        finally:
            self.begin(part)

    async def is_judged(self) -> bool:
        """Whether everything that has happened is judged."""
        return bool(
            await self.window.sql.fetchval(
                "SELECT NOT EXISTS (SELECT FROM events AS e, notice_places AS p WHERE"
                " (e.xid, e.position) > (p.after_xid::text::xid8, p.after_number))"
            )
        )

    async def noticed(self, reader: Reader, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """The notices of a kind that somebody finds in the list, once they are there."""

        async def found() -> list[dict[str, Any]] | None:
            items = (await reader.get(LIST, limit=200))["items"]
            of_kind = [item for item in items if item["kind"] == kind]
            return of_kind if len(of_kind) >= count else None

        return await sooner_or_later(found)

    async def judged(self) -> None:
        """Everything that has happened is judged."""

        async def caught_up() -> object:
            return await self.is_judged() or None

        await sooner_or_later(caught_up)

    async def consented(self, reader: Reader, channel: str, contact: str) -> None:
        """Somebody consents to be told by a contact, and types the code that came there; of what
        had happened before it is told nothing there."""
        await self.judged()
        asked = {"channel": channel, "contact": contact, "consent": True}
        await reader.post("/notices/v1/contacts", asked)
        code = await self.code_at(contact)
        said = {"channel": channel, "code": code}
        await reader.post("/notices/v1/contacts/confirmation", said)

    async def code_at(self, contact: str) -> str:
        """The code that came at a contact last."""

        async def found() -> str | None:
            codes = re.findall(r"\b[0-9]{6}\b", "\n".join(self.told(contact)))
            return codes[-1] if codes else None

        return await sooner_or_later(found)

    def told(self, contact: str) -> list[str]:
        """The texts that one contact was sent."""
        if "@" in contact:
            return [m.get_content() for m in self.mail.to(contact)]
        return [m["text"] for m in self.gateway.told if m["to"] == contact]

    def sending(self) -> Sending:
        """Another process that sends."""
        assembly = self.window.assembly
        return Sending(
            assembly.database("notices"),
            assembly.bell,
            channels_of(assembly.settings),
            vault=assembly.vault,
            address="https://window.example/portal/notices",
        )

    def judging(self) -> Judging:
        """Another process that judges."""
        return Judging(self.window.assembly.database("notices"), self.window.assembly.bell)


async def _of(work: Part) -> None:
    await work()


def _home_of(folder: Path, stack_home: Path) -> Path:
    """The data directory of the run, with what the gateway's messages are signed by."""
    home = folder / "home"
    (home / "run").mkdir(parents=True)
    for file in stack_home.iterdir():
        if file.is_file():
            shutil.copy(file, home)
    secrets = json.loads((home / "secrets.json").read_text())
    (home / "secrets.json").write_text(json.dumps({**secrets, "notices_sms": SMS_SECRET}))
    return home


@pytest.fixture(scope="session")
async def post(
    stack: Endpoints, stack_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Post]:
    home = _home_of(tmp_path_factory.mktemp("post"), stack_home)
    async with AsyncExitStack() as stands:
        mail = await stands.enter_async_context(mailbox())
        gateway = await stands.enter_async_context(listening())
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("NOTICES_SMTP", f"smtp://127.0.0.1:{mail.port}")
            environment.setenv("NOTICES_FROM", "window@example.org")
            environment.setenv("NOTICES_SMS", gateway.url)
            window = await stands.enter_async_context(opened(stack, home))
        post = Post(window, mail, gateway)
        for part in MANIFEST.beside:
            post.begin(part)
            stands.push_async_callback(post.end, part)
        yield post


@pytest.fixture
def mobile() -> Callable[[], str]:
    """A mobile number that nobody in this run has."""
    return lambda: f"+86138{fresh(8)}"


@pytest.fixture
def address() -> Callable[[], str]:
    """An address that nobody in this run has."""
    return lambda: f"p{uuid4().hex[:12]}@mail.example.org"
