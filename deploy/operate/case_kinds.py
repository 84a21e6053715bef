"""Every kind of case with a timeline, by the prefix of its ids, as its owner states it.

The window shows them and imports no other service; it is given them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.declaration.domain import states as declaration
from services.inspection.domain import states as inspection
from services.kernel.case_kinds import KindOfCase
from services.processing.domain import states as processing
from services.settlement.domain import states as settlement

CASES: Final[Mapping[str, KindOfCase]] = {
    kind.prefix: kind
    for owner in (declaration, inspection, settlement, processing)
    for kind in owner.CASES
}
