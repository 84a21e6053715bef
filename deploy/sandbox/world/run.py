"""`tradewindow sample`: fill in the sample world of a window that runs here, and keep it alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from joserfc.jwk import OKPKey

from deploy.operate.data_directory import DataDirectory, LocalError, write_once
from deploy.operate.home import Home, home_or_default
from deploy.sandbox.parties import Parties, Unexpected, Unreachable
from deploy.sandbox.world import quotes
from deploy.sandbox.world.cast import BANKS
from deploy.sandbox.world.mark import Mark, is_sample
from deploy.sandbox.world.roll import Roll
from deploy.sandbox.world.scenes import AFTER, BANKS_ARE_THERE, BESIDE, LOTS, SETTING, Scene, seats
from deploy.sandbox.world.stage import Seat, Stage

KEYS: Final = "sample-bank-keys.json"
_AT_ONCE: Final = 6
_LINE: Final = 300


def run(*, home: Home = None) -> int:
    """Fill in the sample world of the window that runs here, and keep its prices alive.

    Only what is not there yet is played; `tradewindow up --sample` starts it by itself.
    """
    directory = DataDirectory(home_or_default(home))
    if not is_sample(directory.home):
        raise LocalError(
            f"{directory.home} holds no sample; start `tradewindow up --sample` on a new directory."
        )
    asyncio.run(shown(directory))
    return 0


async def shown(directory: DataDirectory) -> None:
    """Play what is left of the world, say so in a line, and keep its prices until cancelled."""
    async with httpx2.AsyncClient(base_url=directory.window_url(), timeout=60) as http:
        world = World(directory, Parties(http, directory.issuer_key()))
        await world.filled()
        await quotes.kept_alive(world.stage("prices"))


@dataclass
class World:
    """The sample world of one data directory."""

    directory: DataDirectory
    parties: Parties

    def __post_init__(self) -> None:
        self.mark = Mark.at(self.directory.home)
        self.roll = Roll.at(self.directory.home)
        self._keys = bank_keys(self.directory.home)
        self._seats = {scene.name: seat for scene, seat in seats()}

    async def filled(self) -> None:
        """Everything is played that was not; what the window refuses is said, and left out."""
        for scene in SETTING:
            if not await self._played(scene):
                _say(f"Sample world: it ends at '{scene.name}', which all the rest stands on.")
                return
            if scene.name == BANKS_ARE_THERE:
                await self._priced()
        prices = asyncio.create_task(quotes.kept_alive(self.stage("prices")))
        try:
            await self._all_played((*LOTS, *BESIDE))
            await self._all_played(AFTER)
        finally:
            prices.cancel()
        _say(
            f"Sample world: {len(self.mark.known['lots'])} lots, {len(self.roll.people)} people;"
            f" sign in at {self.directory.window_url()}/portal/"
        )

    async def _priced(self) -> None:
        """Every bank says its prices: those of before an end have ended meanwhile."""
        try:
            await quotes.quoted(self.stage("prices"))
        except (Unexpected, httpx2.HTTPError) as error:
            _say(f"Sample world: a bank's price is left out: {_brief(error)}")

    async def _all_played(self, scenes: Sequence[Scene]) -> None:
        todo = iter(scenes)

        async def work() -> None:
            for scene in todo:
                await self._played(scene)

        async with asyncio.TaskGroup() as together:
            for _ in range(_AT_ONCE):
                together.create_task(work())

    async def _played(self, scene: Scene) -> bool:
        """Whether a scene is over as it was meant; one broken off goes on at the next start."""
        if self.mark.is_done(scene.name):
            return "refused" not in self.mark.scenes[scene.name]
        try:
            await scene.play(self.stage(scene.name, named=True))
        except (Unreachable, httpx2.HTTPError) as error:
            _say(f"Sample world: '{scene.name}' waits for the next start: {_brief(error)}")
            return False
        except Exception as error:
            # Whatever a scene stumbles over, the others and the window are none the worse for it.
            _say(f"Sample world: '{scene.name}' is left out: {_brief(error)}")
            self.mark.end(scene.name, refused=_brief(error))
            return False
        self.mark.end(scene.name)
        return True

    def stage(self, name: str, *, named: bool = False) -> Stage:
        """Where a scene is played; only of a named one the requests are known again."""
        began = self.mark.begun(name)
        parties = self.parties.within(f"{self.mark.world} {name}") if named else self.parties
        seat: Seat | None = self._seats.get(name)
        return Stage(name, parties, self.mark, self.roll, self._keys, began, seat)


def bank_keys(home: Path) -> Mapping[str, OKPKey]:
    """The keys of the sample banks' signatures, made at the first call and kept for their owner."""
    path = home / KEYS
    if not path.exists():
        made = {b.bic: OKPKey.generate_key("Ed25519").as_dict(private=True) for b in BANKS}
        write_once(path, json.dumps(made).encode())
    return {bic: OKPKey.import_key(key) for bic, key in json.loads(path.read_bytes()).items()}


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _brief(error: Exception) -> str:
    """A reason in one line."""
    return f"{type(error).__name__} {error}".replace("\n", " ")[:_LINE]
