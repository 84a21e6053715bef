"""Histories of this run's cases, kept as those that must replay when it is a recording."""

from __future__ import annotations

import os

from temporalio.client import Client

from deploy.operate import replay


async def recorded(client: Client, case_id: str, name: str) -> None:
    """Keep the case's history under this name; with TRADEWINDOW_RECORD=1 only."""
    if os.environ.get("TRADEWINDOW_RECORD") == "1":
        await replay.save(client, case_id, replay.HISTORIES / f"{name}.json")
