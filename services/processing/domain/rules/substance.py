"""Whether a material was substantially processed (实质性加工)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

from services.kernel.commodity import chapter, heading, subheading
from services.kernel.rule import rule


class ProcessingRule(StrEnum):
    """Which change makes processing substantial, per commodity."""

    NONE = "NONE"
    CTSH = "CTSH"
    """Change of subheading (6 digits)."""
    CTH = "CTH"
    """Change of heading (4 digits)."""
    CC = "CC"
    """Change of chapter (2 digits)."""
    PROCESS_LIST = "PROCESS_LIST"
    """One of the listed processes was carried out."""


@rule("PRC-05", source="substantial-processing", in_force=date(2020, 1, 1))
def is_substantially_processed(
    *,
    material: str,
    product: str,
    applies: ProcessingRule,
    processes: Collection[str] = (),
    listed: Collection[str] = (),
) -> bool:
    """A product counts as processed here when its code changed as the commodity's rule asks (W24).

    Under PROCESS_LIST the code does not matter: one listed process must have been carried out.
    """
    if applies is ProcessingRule.NONE:
        return True
    if applies is ProcessingRule.PROCESS_LIST:
        return any(process in listed for process in processes)
    part = {
        ProcessingRule.CTSH: subheading,
        ProcessingRule.CTH: heading,
        ProcessingRule.CC: chapter,
    }[applies]
    return part(material) != part(product)


DIGITS_CHANGED: Final = {ProcessingRule.CTSH: 6, ProcessingRule.CTH: 4, ProcessingRule.CC: 2}
"""How many first digits of the code a rule asks to change."""
