"""The page on how each deciding column is vouched for: `python -m deploy.operate.evidence`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.operate.evidence_left import ALL_OF, IDENTITY, LEFT, MOMENTS, WHERE_IT_STANDS, WORDS
from deploy.operate.verify.books import COMPARED as BOOKS
from deploy.operate.verify.derived import COMPARED as DERIVED
from deploy.operate.verify.ends import COMPARED as ENDS
from deploy.operate.verify.kept import Column
from deploy.operate.verify.ledger import COMPARED as LEDGER
from deploy.operate.verify.left import REASONS
from deploy.operate.verify.records import KEPT
from deploy.operate.verify.registers import REGISTERS
from deploy.operate.verify.shares import COMPARED as SHARES
from deploy.operate.verify.stock import COMPARED as STOCK
from deploy.operate.verify.sums import BALANCES
from deploy.operate.verify.together import TOGETHER
from migrations.apply import deciding_tables, load_tables
from services.declaration.domain.declared import COLUMNS, DESCRIBED
from services.platform.database import metadata
from services.settlement.domain.instructed import COLUMNS as INSTRUCTED

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/guide/evidence.md"
_HEAD: Final = """\
# How each deciding column is vouched for

Written by `python -m deploy.operate.evidence` from what `tradewindow verify` compares. A row may be
changed by whoever reaches the database, its event may not without the hash chain breaking: a column
is vouched for by the events named here, or follows from them. A salted digest stands in an event
for what is personal or in words. An event of a version before vouches for what it said then.
"""
_DIGESTS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "lots": ("`LotSubmitted.declared`, `LotAmended.declared`", COLUMNS),
    "lots, the rest": ("`LotSubmitted.described`, `LotAmended.described`", DESCRIBED),
    "tickets": (
        "`LotSubmitted.declared`, `LotAmended.declared`",
        ("line_no", "resident_id", "net_kg", "value_minor"),
    ),
    "settlement_instructions": (
        "`SettlementInstructed.accounts`",
        (*INSTRUCTED, "payer_account"),
    ),
}
_FOLLOWS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "verify/books.py": BOOKS,
    "verify/ends.py": ENDS,
    "verify/ledger.py": LEDGER,
    "verify/shares.py": SHARES,
    "verify/stock.py": STOCK,
    "verify/derived.py": DERIVED,
}


def vouched() -> dict[tuple[str, str], list[str]]:
    """Of each table and column by what it is vouched for, as far as it is."""
    load_tables()
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kept in KEPT:
        for event, says in kept.says.items():
            for column in says:
                how = f"digest `{event}.{column.field}`" if column.of else f"`{event}`"
                for name in _names(column):
                    found[kept.table, name].append(how)
    for one in TOGETHER:
        for name in one.columns:
            digests = (f"`{event}.{one.field}`" for event in one.events)
            found[one.table, name].append(f"digest {', '.join(digests)}")
    for where, (events, names) in _DIGESTS.items():
        for name in names:
            found[where.partition(",")[0], name].append(f"digest {events}")
    for balance in BALANCES:
        for name in balance.sums:
            kept_as = name if name in metadata.tables[balance.table].c else f"{name}_minor"
            found[balance.table, kept_as].append("the sum of its rows")
    for module, tables in _FOLLOWS.items():
        for table, names in tables.items():
            for name in names:
                found[table, name].append(f"follows from the log (`{module}`)")
    return found


def _names(column: Column) -> tuple[str, ...]:
    return column.of or (column.below or column.name,)


def why_not(table: str, column: str) -> str | None:
    """Why a column is vouched for by no event; None when nobody has said."""
    if (table, column) in LEFT:
        return LEFT[table, column]
    if column in IDENTITY or metadata.tables[table].c[column].primary_key:
        return "names the row"
    if column == "state" and table in WHERE_IT_STANDS:
        return "where the case's own events have brought it, with its header"
    return WORDS.get(column) or (MOMENTS if column.endswith("_at") else None)


def text() -> str:
    """The page as it is to be."""
    return "\n".join([_HEAD, *_tables()])


def _tables() -> Iterator[str]:
    found = vouched()
    for table in deciding_tables():
        if table in REASONS:
            yield f"## {table}\n\nNothing is compared: {REASONS[table]}.\n"
            continue
        if table in ALL_OF or table in REGISTERS:
            how = ALL_OF.get(table, "each record as a whole by the salted digest of its filing")
            yield f"## {table}\n\nAll columns: {how}.\n"
            continue
        yield f"## {table}\n\n| column | vouched for by |\n|---|---|"
        for column in metadata.tables[table].columns:
            said = ", ".join(dict.fromkeys(found.get((table, column.name), ())))
            why = why_not(table, column.name) or "nothing, and nobody has said why"
            yield f"| {column.name} | {said or f'no event: {why}'} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
