"""Every column of the record is vouched for by the log, or somebody has said why it is not."""

from __future__ import annotations

import pytest

from deploy.operate.evidence import PAGE, text, vouched, why_not
from deploy.operate.evidence_left import ALL_OF, LEFT
from deploy.operate.verify.left import REASONS
from deploy.operate.verify.registers import REGISTERS
from migrations.apply import deciding_tables, load_tables
from services.platform.database import metadata

load_tables()
ONE_BY_ONE = sorted(set(deciding_tables()) - {*REASONS, *ALL_OF, *REGISTERS})


@pytest.mark.parametrize("table", ONE_BY_ONE)
def test_each_column_is_vouched_for_or_has_a_reason(table: str) -> None:
    found = vouched()
    for column in metadata.tables[table].columns:
        place = (table, column.name)
        assert found.get(place) or why_not(*place), f"{place} is in no event: say why"


def test_a_reason_is_given_for_no_column_that_is_compared_or_is_not_there() -> None:
    columns = {(t, c.name) for t in deciding_tables() for c in metadata.tables[t].columns}
    assert set(LEFT) <= columns
    assert not set(LEFT) & set(vouched())
    assert set(ALL_OF) <= set(deciding_tables())


def test_the_page_says_what_is_compared() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "write it: python -m deploy.operate.evidence"
