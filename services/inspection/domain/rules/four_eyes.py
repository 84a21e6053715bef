"""Four eyes: the second person of a decision is another human being than the first."""

from __future__ import annotations

from services.kernel.messages import Actor


def other_person(first: Actor, second: Actor) -> bool:
    """Whether the second actor may decide on what the first one did.

    One person may hold tokens for two parties and one party may issue two subjects, so either
    being the same is enough to make it the same person.
    """
    return second.subject != first.subject and second.party != first.party
