"""A person of a party, as the tables of notices name him."""

from __future__ import annotations

from services.kernel.messages import Actor


def person_of(actor: Actor) -> dict[str, str]:
    """The party for which somebody acts, and who he is there."""
    return {"party": actor.party, "subject": actor.subject}
