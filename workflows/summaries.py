"""What each kind of case is called in the engine's own console, in the trade's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workflows.ports.declaration import RESIDENT_DECLARATION
from workflows.ports.inspection import ACCREDITATION, INSPECTION
from workflows.ports.processing import LANDING_PROCESSING
from workflows.ports.settlement import RMB_SETTLEMENT

SUMMARIES: Final[Mapping[str, str]] = {
    RESIDENT_DECLARATION: "边民互市申报 border-resident declaration",
    INSPECTION: "查验 inspection",
    ACCREDITATION: "企业认证 AEO accreditation",
    RMB_SETTLEMENT: "结算 settlement",
    LANDING_PROCESSING: "落地加工 landing processing",
}
"""By workflow type."""
