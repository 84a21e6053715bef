"""What judging costs goes by the looks at the log, and not by what has happened in between."""

from __future__ import annotations

from collections.abc import Callable

from services.notices.commands.telling import Judged, events_judge
from tests.services.notices.conftest import Post
from tests.services.notices.member import Member
from tests.services.notices.truck import truck_with_a_manifest
from tests.support.log import log_stands

LOOK = 1
"""A look that finds nothing to tell: what there is, and the place behind it, in one statement."""
TOLD = 4
"""One that does: the look, the place, the cases, and what is told of them with what leaves of it;
BEGIN and COMMIT beside."""


async def _judged(post: Post) -> tuple[Judged, list[str]]:
    """One look at the log, and what it sends."""
    database = post.window.assembly.database("notices")
    with database.watched(own=True) as sent:
        judged = await events_judge(database)
    return judged, sent


async def _caught_up(post: Post) -> None:
    while not await post.is_judged():
        await events_judge(post.window.assembly.database("notices"))


async def test_fifty_events_cost_the_statements_of_one(
    post: Post, mobile: Callable[[], str]
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    async with post.without("notices_judged"), post.without("notices_sent"):
        for times in (1, 50):
            await _caught_up(post)
            await member.freeze(times)
            await log_stands(post.window.sql)
            judged, sent = await _judged(post)
            assert (judged.queued, len(sent)) == (times, TOLD), sent
    await member.in_state("QUEUED", 51)


async def test_what_nobody_is_told_of_costs_a_look_and_is_not_looked_at_again(post: Post) -> None:
    async with post.without("notices_judged"), post.without("notices_sent"):
        for _ in range(5):
            await _caught_up(post)
            await truck_with_a_manifest(post)
            await log_stands(post.window.sql)
            assert not await post.is_judged()
            looks = [len((await _judged(post))[1]) for _ in range(2)]
            if looks == [LOOK, LOOK]:
                break  # Else the clock of another test's case told somebody meanwhile.
    assert looks == [LOOK, LOOK]


async def test_what_is_more_than_one_look_takes_is_judged_by_the_next(
    post: Post, mobile: Callable[[], str]
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    database = post.window.assembly.database("notices")
    async with post.without("notices_judged"), post.without("notices_sent"):
        await _caught_up(post)
        await member.freeze(5)
        await log_stands(post.window.sql)
        looks: list[Judged] = []
        while sum(look.queued for look in looks) < 5:
            looks.append(await events_judge(database, rows=2))
    assert len(looks) >= 3
    assert max(look.queued for look in looks) == 2
    assert all(look.more for look in looks[:-1])
