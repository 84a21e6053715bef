"""Grounds in a person's own words: kept beside the event that they belong to, never in it."""

from __future__ import annotations

from sqlalchemy import text

from services.kernel.identifiers import case_uuid
from services.platform.act import Act

_KEEP = text("INSERT INTO case_grounds (case_id, step, grounds) VALUES (:case_id, :step, :grounds)")


async def grounds_keep(act: Act, case: str, step: str, grounds: str) -> None:
    """Keep why a step of a case was taken; the log names the step and who took it."""
    await act.execute(_KEEP, case_id=case_uuid(case), step=step, grounds=grounds)
