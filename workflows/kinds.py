"""Every kind of case that the engine carries: by the prefix of its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kernel.messages import CaseKind
from workflows.ports import accreditation, declaration, inspection, processing, settlement

KINDS: Final[Mapping[str, CaseKind]] = {
    "lot": CaseKind(
        declaration.RESIDENT_DECLARATION,
        declaration.QUEUE,
        "边民互市申报 border-resident declaration",
    ),
    "ins": CaseKind(inspection.INSPECTION, inspection.QUEUE, "查验 inspection"),
    "aeo": CaseKind(accreditation.ACCREDITATION, accreditation.QUEUE, "企业认证 AEO accreditation"),
    "stl": CaseKind(settlement.RMB_SETTLEMENT, settlement.QUEUE, "结算 settlement"),
    "bok": CaseKind(processing.LANDING_PROCESSING, processing.QUEUE, "落地加工 landing processing"),
}
