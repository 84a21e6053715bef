"""A process that sends what is due once it is told to, and may be killed while it does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import Endpoints
from deploy.operate.settings import settings_of
from services.notices.commands.channels import channels_of
from services.notices.worker import Sending


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
    await sending.send()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Endpoints(**json.loads(sys.argv[2]))))
