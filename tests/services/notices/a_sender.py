"""A process that sends what is due once it is told to, and may be killed while it does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import Endpoints
from deploy.operate.settings import settings_of
from services.notices.channels import channels_of
from services.notices.worker import Sending

_AT_ONCE: Final = 16


async def sent_by(sending: Sending) -> None:
    """All that is due now is sent, by a process that stops then."""
    while begun := await sending.begin(_AT_ONCE):
        await asyncio.gather(*begun)


async def run(home: Path, endpoints: Endpoints) -> None:
    """Say when it is ready, wait for a line, and send."""
    assembly = Assembly.create(settings_of(home, endpoints=endpoints))
    database = assembly.database("notices")
    await database.answers()
    sending = Sending(
        database,
        assembly.bell,
        channels_of(assembly.settings),
        vault=assembly.vault,
        address=None,
    )
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await sent_by(sending)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Endpoints(**json.loads(sys.argv[2]))))
