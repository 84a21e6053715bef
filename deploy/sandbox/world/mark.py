"""How far a data directory's sample world is: what was played is not played again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from deploy.operate.data_directory import write_once

FILE: Final = "sample-world.json"


@dataclass
class Mark:
    """What of a sample world has begun and what is done, and the ids that the window gave."""

    path: Path
    world: str
    """Of which world the keys of its requests are."""
    scenes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name: when it began (``began``), whether it is ``done``, why it was ``refused``."""
    known: dict[str, Any] = field(default_factory=dict)
    """Ids by what they name. No identity number, no key."""

    @classmethod
    def at(cls, home: Path) -> Mark:
        """The mark of a data directory; a new one when there is none."""
        path = home / FILE
        if not path.exists():
            return cls(path, uuid4().hex)
        kept = json.loads(path.read_bytes())
        return cls(path, kept["world"], kept["scenes"], kept["known"])

    def keep(self) -> None:
        """Write it down, whole or not at all."""
        kept = {"world": self.world, "scenes": self.scenes, "known": self.known}
        write_once(self.path, json.dumps(kept, ensure_ascii=False, indent=1).encode())

    def begun(self, scene: str) -> datetime:
        """When a scene began, which stays the same however often it is taken up again."""
        if scene not in self.scenes:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.scenes[scene] = {"began": now, "done": False}
            self.keep()
        return datetime.fromisoformat(self.scenes[scene]["began"])

    def is_done(self, scene: str) -> bool:
        """Whether a scene was played to its end, or was refused for good."""
        return bool(self.scenes.get(scene, {}).get("done"))

    def end(self, scene: str, refused: str | None = None) -> None:
        """A scene is over; ``refused`` says what the window did not let happen."""
        self.scenes[scene] |= {"done": True} | ({} if refused is None else {"refused": refused})
        self.keep()

    def learn(self, what: str, ids: Mapping[str, Any]) -> None:
        """Remember ids that the window gave."""
        self.known[what] = {**self.known.get(what, {}), **ids}
        self.keep()


def is_sample(home: Path) -> bool:
    """Whether a data directory is filled with a sample world, or is to be."""
    return (home / FILE).exists()


def begin(home: Path) -> bool:
    """Mark a data directory as a sample's before anything is in it; False where data already is."""
    if is_sample(home):
        return True
    if (home / "secrets.json").exists():
        return False
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    Mark.at(home).keep()
    return True
