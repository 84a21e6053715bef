"""What the log vouches for in a register: of each record that a filing writes a salted digest.

The service that owns a register publishes a view of its records: under which name, and the digest
of what their rows decide. After a filing has written, still under its locks, the event says of each
record that digest, salted by the filing's own id, so that nobody finds by it a number, a name or an
account that he can only guess. ``tradewindow verify`` computes the same of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.kernel.events import Digests
from services.kernel.identifiers import case_uuid
from services.platform.act import Act

GONE: Final = ""
"""What is said of a record that there is no more."""
SALTED: Final = (
    "left(encode(sha256(convert_to(CAST({filing} AS text), 'UTF8') || {digest}), 'hex'), 32)"
)
"""The digest as an event keeps it, in SQL, of the filing's id and the view's digest."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Records of one register that a filing has written, by their names in the owner's view.

    ``codes`` or ``ids`` (whichever its table has an index by) find them there, perhaps among
    others; of those nothing is said, for their rows may be changing at this moment.
    """

    view: str
    register: str
    names: Sequence[str]
    codes: Sequence[str] | None = None
    ids: Sequence[UUID | str] | None = None

    @property
    def digests(self) -> TextClause:
        """Name and salted digest of what is on file; the view's and the register's names are ours,
        never a request's."""
        found = []
        if self.codes is not None:
            found.append("code = ANY(CAST(:codes AS text[]))")
        if self.ids is not None:
            found.append("id = ANY(CAST(:ids AS uuid[]))")
        salted = SALTED.format(filing=":filing", digest="digest")
        return text(
            f"SELECT name, {salted} AS digest FROM {self.view}"
            f" WHERE register = '{self.register}' AND {' AND '.join(found)}"
        )


async def vouched_for(act: Act, filing_id: str, records: Iterable[Vouched]) -> Digests:
    """What the event of a filing says of the records that it has written."""
    said: Digests = {}
    for one in records:
        if not one.names:
            continue
        by: dict[str, object] = {"filing": str(case_uuid(filing_id))}
        if one.codes is not None:
            by["codes"] = sorted(set(one.codes))
        if one.ids is not None:
            by["ids"] = sorted({str(value) for value in one.ids})
        there: Mapping[str, str] = {
            row.name: row.digest for row in await act.execute(one.digests, by)
        }
        said[one.register] = {name: there.get(name, GONE) for name in sorted(set(one.names))}
    return said
