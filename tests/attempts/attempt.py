"""What people try to get round the law, each a sentence, and what comes of it.

    @attempt("A member", "confirms a share that is another's", refused("NOT_FOUND"))
    async def _(world: World) -> Response:
        lot_id = await world.accepted(await world.group(mandated=False))
        return await (await world.stranger()).try_post(f"{LOTS}/{lot_id}/confirmations")

A refusal is told by its code and the rule that made it; anything else by the value that it ends
in. The page ``docs/guide/attempts.md`` is written from these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from services.platform import words
from services.platform.rulebook import rulebook
from tests.attempts.world import World

Response = httpx2.Response
Does = Callable[[World], Awaitable[Any]]


@dataclass(frozen=True)
class End:
    """What an attempt must end in."""

    value: Any
    says: str
    rule: str = ""

    def judge(self, found: Any) -> None:
        """Fail unless it ended so."""
        assert found == self.value, found


@dataclass(frozen=True)
class Refusal(End):
    """It must be refused, whole, under this code and by this rule."""

    def judge(self, found: Any) -> None:
        assert found.status_code >= 400, f"it was let through: {found.text}"
        errors = {(e["code"], e.get("rule", "")) for e in found.json()["errors"]}
        assert (self.value, self.rule) in errors, errors


@dataclass(frozen=True)
class Attempt:
    """One thing that somebody tries."""

    who: str
    tries: str
    end: End
    does: Does

    @property
    def law(self) -> str:
        """What the rule says under which it ends so; '' when no rule is asked."""
        return rulebook()[self.end.rule].law if self.end.rule else ""

    def __str__(self) -> str:
        return f"{self.who} {self.tries}"


ATTEMPTS: Final[list[Attempt]] = []


def attempt(who: str, tries: str, end: End) -> Callable[[Does], Does]:
    """Take a function into the list of attempts."""

    def taken(does: Does) -> Does:
        ATTEMPTS.append(Attempt(who, tries, end, does))
        return does

    return taken


def refused(code: str, rule: str = "") -> Refusal:
    """It is refused; the page says so by the title of the code."""
    title = next(r.title for r in words.reasons().values() if r.code == code)
    return Refusal(code, f"refused: {title} (`{code}`)", rule)


def ends(value: Any, says: str, rule: str = "") -> End:
    """It ends in this value, and the page says this of it."""
    return End(value, says, rule)
