"""A person of a party, as the tables of notices name him."""

from __future__ import annotations

from typing import Final

from services.kernel.messages import Actor

OFFICER: Final = "'officer:ofc_' || replace(CAST(o.officer_id AS text), '-', '')"
"""SQL of the party that an officer is, for whom he alone acts."""
CUSTOMS: Final = "'officers:' || o.port"
"""SQL of whom customs at an officer's port are told as."""


def person_of(actor: Actor) -> dict[str, str]:
    """The party for which somebody acts, and who he is there."""
    return {"party": actor.party, "subject": actor.subject}
