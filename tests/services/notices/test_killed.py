"""A process is killed after the mail server has the message and before it is noted."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.local.stack import Endpoints
from tests.services.notices.a_sender import sent_by
from tests.services.notices.conftest import Post
from tests.services.notices.member import Member
from tests.support.patience import sooner_or_later

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def sender(post: Post, stack: Endpoints) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process, ready to send; killed at the end, if it still is."""
    words = (str(post.window.home), json.dumps(asdict(stack)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tests.services.notices.a_sender", *words),
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NOTICES_SMTP": f"smtp://127.0.0.1:{post.mail.port}",
            "NOTICES_SMS": post.gateway.url,
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_killed_process_has_its_message_repeated_under_its_id(
    post: Post, stack: Endpoints, address: Callable[[], str]
) -> None:
    member = await Member.of(post, address())
    await member.quiet()
    await member.freeze(2)
    await member.in_state("QUEUED", 2)
    async with post.without("notices_sent"), sender(post, stack) as process:
        assert process.stdin is not None
        before, post.mail.pause_s = post.mail.heard, 2.0
        try:
            await member.is_due()
            process.stdin.write(b"go\n")

            async def heard() -> bool:
                return post.mail.heard > before

            await sooner_or_later(heard)
            process.kill()
            await process.wait()
        finally:
            post.mail.pause_s = 0.0

        async def taken() -> bool:
            return len(post.mail.to(member.contact)) > 1

        await sooner_or_later(taken)
        assert {row["state"] for row in await member.deliveries()} == {"QUEUED"}
        await member.is_due(leased=True)
        await sent_by(post.sending())
    await member.in_state("SENT", 2)
    first, *again = post.mail.to(member.contact)[1:]
    assert [m["Message-ID"] for m in again] == [first["Message-ID"]]
    assert first.get_content().splitlines()[:2] == again[0].get_content().splitlines()[:2]
