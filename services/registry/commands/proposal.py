"""A filing that two persons have made: what one proposed and another confirmed; and the filing of
records of which nobody alone changes what is on file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause

from services.kernel.events import canonical_json
from services.kernel.refusal import Refusal, refuse_if_any
from services.platform.act import Act
from services.platform.database import Row
from services.platform.filing import rows_file
from services.registry.commands.on_file import written
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled


@dataclass(frozen=True, slots=True)
class Proposal:
    """Under which id it was proposed, and whether it may replace what is on file.

    A change may; a first filing is confirmed only as long as nobody has filed the same otherwise.
    """

    filing_id: str
    replaces: bool


def may_replace(two: Proposal | None) -> bool:
    """Whether what is on file may be replaced; never by one person."""
    return two is not None and two.replaces


def id_of(two: Proposal | None) -> str | None:
    """The id under which it was proposed, None of what one person files alone."""
    return None if two is None else two.filing_id


def to_propose(changed: Iterable[Row]) -> list[Refusal]:
    """CHANGE_TO_PROPOSE for every row that is on file otherwise."""
    return [
        refusals.CHANGE_TO_PROPOSE.at(f"/rows/{row.place - 1}", subject=row.subject)
        for row in changed
    ]


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a kind: the statement that writes them, replacing what is on file where it
    ``replaces``, and the one that finds those that would change what is."""

    kind: str
    write: TextClause
    changed: TextClause
    registers: tuple[str, ...] = ()
    """Under which names what is written is vouched for; under its kind, if none is said."""


async def records_file(
    act: Act,
    records: Records,
    rows: Sequence[Mapping[str, Any]],
    two: Proposal | None,
    *,
    codes: Sequence[str],
    found: Iterable[Refusal] = (),
    **also: Any,
) -> dict[str, Any]:
    """Write rows, named by their codes; its receipt. Refuses what was found, CHANGE_TO_PROPOSE."""
    reasons = list(found)
    if not may_replace(two):
        changed = await act.execute(records.changed, rows=canonical_json(list(rows)), **also)
        reasons += to_propose(changed)
    refuse_if_any(reasons)
    registers = records.registers or (records.kind,)
    return await rows_file(
        act,
        records.write,
        rows,
        kind=records.kind,
        says=RecordsFiled,
        vouched=[written(register, codes, codes=codes) for register in registers],
        filing_id=id_of(two),
        replaces=may_replace(two),
        **also,
    )
