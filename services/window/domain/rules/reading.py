"""Which kinds of case a caller may read here: no wider than what the owning services let him."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.messages import Actor

_BY_POST: Final = frozenset({"officer", "gate", "auditor"})
"""Kinds of party that read other people's cases, because of the post they hold."""


def kinds_read(actor: Actor, scopes: Collection[str], kinds: Mapping[str, KindOfCase]) -> list[str]:
    """The prefixes of the cases that a caller may read through the window.

    Whoever reads by his post reads those kinds that his scopes let him read at their owners; a
    party reads whatever case is its own, also where the owner has no reading for it.
    """
    if actor.party_kind not in _BY_POST:
        return list(kinds)
    return [prefix for prefix, kind in kinds.items() if kind.read_under in scopes]
