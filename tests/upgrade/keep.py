"""Keep this version, so that every later one is tried on it:

    python -m tests.upgrade.keep

lets cases of every kind live in a window of its own, to their end and half-way, and writes the
record and the histories in place of those kept before. To be called at the last commit of a
version.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.operate import replay
from deploy.operate.ending import end_process
from deploy.operate.verify import verify
from migrations.apply import revisions
from services.kernel.identifiers import case_uuid
from tests.support.lives import (
    AEO,
    LIVES,
    Life,
    bank,
    begun,
    book_opened,
    inspected,
    instructed,
    lived,
)
from tests.support.mortals import Place, mortal_window
from tests.support.tells import at_rest
from tests.upgrade import kept


async def _inspected(life: Life) -> None:
    await inspected(life)


async def _applied(life: Life) -> None:
    factory = await life.harbour.factory()
    life.known((await factory.post(AEO, {"level": "ADVANCED"}))["accreditation_id"])


async def _instructed(life: Life) -> None:
    await bank(life.place)
    group = await life.harbour.group()
    lot_id = life.known(await life.harbour.released(group, values=["100.00"]))
    await instructed(life, lot_id, group.clerk)


async def _opened(life: Life) -> None:
    await book_opened(life)


HALVES: Final[Mapping[str, Callable[[Life], Awaitable[None]]]] = {
    "lot": _inspected,
    "ins": _inspected,
    "aeo": _applied,
    "stl": _instructed,
    "bok": _opened,
}
"""How far a case of a kind comes that is open when the version changes, by the prefix of its id."""


async def keep() -> None:
    """Write all that is kept anew."""
    home = Path(tempfile.mkdtemp(prefix="tradewindow-kept-"))
    async with mortal_window(home / "home") as place:
        ended = [case for kind in LIVES for case in await _whole(place, kind)]
        open_cases = [case for kind in HALVES for case in await _half(place, kind)]
        report = await verify(place.harbour.window.assembly.database("window"))
        assert report.broken == 0, report.named
        shutil.rmtree(kept.HISTORIES, ignore_errors=True)
        kept.HISTORIES.mkdir(parents=True)
        for number, case in enumerate([*ended, *open_cases], start=1):
            way = "ended" if case in ended else "open"
            path = kept.HISTORIES / f"{case[:3]}_{way}_{number:02}.json"
            await replay.save(place.client, case, path)
        roles = await place.sql.fetch("SELECT rolname FROM pg_roles WHERE rolname ~ '^tw_'")
        names = sorted(str(row["rolname"]) for row in roles)
        kept.Version(revisions()[0], names, open_cases, ended).write()
        url = place.mortals.stack.endpoints.database_url
        await asyncio.to_thread(kept.dump, url)
    shutil.rmtree(home, ignore_errors=True)
    print(f"{len(ended)} ended cases and {len(open_cases)} open ones are kept in {kept.HERE.name}/")


async def _whole(place: Place, kind: str) -> list[str]:
    life = await begun(place, kind)
    await lived(life, kind)
    return life.cases


async def _half(place: Place, kind: str) -> list[str]:
    life = await begun(place, kind)
    await HALVES[kind](life)
    for case in life.cases:
        await at_rest(place.sql, place.client, case)
    ended = await place.sql.fetch(
        "SELECT case_id FROM cases WHERE case_id = ANY($1) AND ended_at IS NOT NULL",
        [case_uuid(case) for case in life.cases],
    )
    assert not ended, f"a case of {kind} has ended already"
    return life.cases


if __name__ == "__main__":
    asyncio.run(keep())
    end_process(0)
