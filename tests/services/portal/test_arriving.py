"""Whoever sends many files waits for his own, and nobody else does."""

from __future__ import annotations

import asyncio

from services.portal.arriving import AT_ONCE, Arriving


async def test_many_files_of_one_take_nobodys_place() -> None:
    arriving, gone, came = Arriving(), asyncio.Event(), list[str]()

    async def send(person: str) -> None:
        async with arriving.of(person):
            came.append(person)
            await gone.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(2 * AT_ONCE):
            group.create_task(send("one"))
        await asyncio.sleep(0)
        for other in range(AT_ONCE):
            group.create_task(send(f"other {other}"))
        for _ in range(3):
            await asyncio.sleep(0)
        assert came == ["one", "other 0", "other 1", "other 2"], "few at once, one of each"
        gone.set()
    assert sorted(came) == sorted(["one"] * 2 * AT_ONCE + [f"other {n}" for n in range(AT_ONCE)])


async def test_nobody_is_remembered_whose_files_have_gone() -> None:
    arriving = Arriving()
    async with arriving.of("one"):
        assert vars(arriving)["_turns"]
    assert not vars(arriving)["_turns"] and not vars(arriving)["_waiting"]
