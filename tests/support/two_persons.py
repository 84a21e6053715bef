"""What one registrar proposed and another confirmed, each by the id of its filing."""

from __future__ import annotations

from services.kernel.identifiers import show
from tests.support.harbour import Harbour
from tests.support.numbers import fresh


async def confirmed(harbour: Harbour) -> str:
    """A filing with a register."""
    window = harbour.window
    await window.group(1)
    last = (
        "SELECT change_id FROM register_changes WHERE state = 'CONFIRMED'"
        " ORDER BY decided_at DESC LIMIT 1"
    )
    return show("imp", await window.sql.fetchval(last))


async def listed(harbour: Harbour) -> str:
    """A filing of one of the law's lists, of a line that nobody declares."""
    window, code = harbour.window, f"96{fresh(6)}"
    line = {"hs_code": code, "name_zh": "货", "name_en": "Goods", "perishable": False}
    await window.listed("commodities", line)
    last = "SELECT filing_id FROM law_filings WHERE state = 'CONFIRMED' ORDER BY 1 DESC"
    return show("imp", await window.sql.fetchval(last))
