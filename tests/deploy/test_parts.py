"""A process does not outlive the part it is there for."""

from __future__ import annotations

import asyncio
import signal

from deploy.window import ended_by


async def test_a_part_that_ends_by_itself_asks_the_process_to_stop() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)

    async def fails() -> None:
        raise RuntimeError("this part is broken")

    try:
        part = asyncio.create_task(fails(), name="relay")
        with ended_by(part):
            await asyncio.wait_for(told.wait(), 10)
        assert isinstance(part.exception(), RuntimeError)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)


async def test_a_part_that_is_stopped_on_purpose_asks_for_nothing() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    try:
        part = asyncio.create_task(asyncio.sleep(3600), name="relay")
        with ended_by(part):
            await asyncio.sleep(0)
        part.cancel()
        await asyncio.wait([part])
        assert not told.is_set()
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
