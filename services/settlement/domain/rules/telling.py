"""What a bank's word says of a payment to those who are neither its bank nor of compliance."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.kernel.rule import rule
from services.settlement.domain.states import InstructionState

UNSAID: Final = "MS03"
"""ISO's code of a bank that gives no reason; many a bank gives it by itself."""

# Codes of ISO's external list that speak of an account, a form, a sum, a day, a mandate or an
# agent. None speaks of a blocked account or sum, of what is forbidden, of fraud, of the law or of
# a list of whom somebody will or will not pay; one that stands in no row is not told.
_CODES: Final = (
    "AB01 AB02 AB03 AB04 AB05 AB06 AB07 AB08 AB09 AB10 AB11"
    " AC01 AC02 AC03 AC04 AC05 AC07 AC08 AC09 AC10 AC11 AC12 AC13 AC14 AC15"
    " AG02 AG03 AG04 AG05 AG06 AG10 AG11 AG13"
    " AM01 AM02 AM03 AM04 AM05 AM06 AM09 AM10 AM11 AM12 AM13 AM14 AM15 AM16 AM17 AM18 AM19"
    " AM20 AM21 AM22 AM23"
    " BE01 BE04 BE05 BE07 BE08 BE09 BE10 BE11 BE12 BE13 BE14 BE15 BE16 BE17 BE18 BE19 BE20"
    " BE21 BE22 BE23"
    " CH03 CH04 CH07 CH09 CH10 CH11 CH12 CH13 CH14 CH15 CH16 CH17 CH19 CH20 CH21 CH22"
    " CNOR CURR CUST DNOR DT01 DT02 DT03 DT04 DT05 DT06 DU01 DU02 DU03 DU04 DU05 DUPL"
    " ED05 FF01 FF02 FF03 FF04 FF05 FF06 FF07 FF08 FF09 FF10 FF11 FF12 FF13"
    " MD01 MD02 MD05 NERI RC01 RC02 RC03 RC04 RC05 RC06 RC07 RC08 RC09 RC10 RC11 RC12 RF01"
    " RR01 RR02 RR03 RR05 RR07 RR08 RR09 RR10 TD01 TD02 TD03 TM01 TS01 TS04"
)
_TELLABLE: Final = frozenset(_CODES.split())


@rule("SET-36", source="aml-law", in_force=date(2025, 1, 1))
def reason_told(reason: str | None) -> str | None:
    """Of a bank's reason its payer reads a code that tells of no screening, else that none is said.

    A bank's own words are never told, nor is a code that no list here knows: as all of them read
    alike, and like a rejection without a stated reason, none of them tells of a name hit.
    """
    return reason if reason is None or reason in _TELLABLE else UNSAID


@rule("SET-37", source="aml-law", in_force=date(2025, 1, 1))
def is_word_told(state: InstructionState) -> bool:
    """A bank's status is told its payer once it ends the payment; until then that work goes on.

    Which status says so is told to nobody outside: that money is blocked is one of them.
    """
    return state in (InstructionState.SETTLED, InstructionState.REJECTED)
