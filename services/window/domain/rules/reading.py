"""Which kinds of case a caller may read here: no wider than what the owning services let him."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from services.kernel.messages import Actor

SCOPE_OF_KIND: Final[dict[str, str]] = {
    "lot": "declaration:lot:read",
    "ins": "inspection:order:read",
    "aeo": "inspection:accreditation:read",
    "stl": "settlement:instruction:read",
    "ord": "processing:order:read",
    "bok": "processing:book:read",
}
"""The owning service's own scope for reading a kind of case, by the prefix of its ids."""
_BY_POST: Final = frozenset({"officer", "gate", "auditor"})
"""Kinds of party that read other people's cases, because of the post they hold."""


def kinds_read(actor: Actor, scopes: Collection[str]) -> list[str]:
    """The prefixes of the cases that a caller may read through the window.

    Whoever reads by his post reads those kinds that his scopes let him read at their owners; a
    party reads whatever case is its own, also where the owner has no reading for it.
    """
    if actor.party_kind not in _BY_POST:
        return list(SCOPE_OF_KIND)
    return [kind for kind, scope in SCOPE_OF_KIND.items() if scope in scopes]
