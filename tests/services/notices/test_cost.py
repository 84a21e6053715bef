"""What judging costs goes by the looks at the log, and not by what has happened in between."""

from __future__ import annotations

from collections.abc import Callable

from services.notices.commands.telling import Judged, events_judge
from tests.services.notices.conftest import Post
from tests.services.notices.member import Member
from tests.services.notices.truck import truck_with_a_manifest

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
            queued = 0
            while queued < times:
                # What others have not committed yet holds back what came after, for the next look.
                judged, sent = await _judged(post)
                assert len(sent) == (TOLD if judged.queued else LOOK), sent
                queued += judged.queued
            assert queued == times
    await member.in_state("QUEUED", 51)


async def test_what_nobody_is_told_of_costs_a_look_and_is_not_looked_at_again(post: Post) -> None:
    async with post.without("notices_judged"), post.without("notices_sent"):
        await _caught_up(post)
        await truck_with_a_manifest(post)
        assert not await post.is_judged()
        looks = 0
        while not (looks and await post.is_judged()):
            # What others have not committed yet holds back what came after, for the next look.
            judged, sent = await _judged(post)
            assert (judged.queued, len(sent)) == (0, LOOK)
            looks += 1
        _, sent = await _judged(post)
        assert len(sent) == LOOK


async def test_what_is_more_than_one_look_takes_is_judged_by_the_next(
    post: Post, mobile: Callable[[], str]
) -> None:
    member = await Member.of(post, mobile())
    await member.quiet()
    database = post.window.assembly.database("notices")
    async with post.without("notices_judged"), post.without("notices_sent"):
        await _caught_up(post)
        await member.freeze(5)
        looks: list[Judged] = []
        while sum(look.queued for look in looks) < 5:
            # What others have not committed yet holds back what came after, for the next look.
            look = await events_judge(database, rows=2)
            looks += [look] * bool(look.queued)
    assert [look.queued for look in looks] == [2, 2, 1]
    assert [look.more for look in looks] == [True, True, False]
