"""The course of an accreditation (企业认证), each act by whose act it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from deploy.sandbox.parties import Party, Unexpected

_ROOT: Final = "/accreditation/v1"
_PATIENCE: Final = 4
"""So many times half a minute the draw of the examiners is waited for."""


async def applied(factory: Party, desk: Party, *, trade: str = "PROCESSING") -> dict[str, Any]:
    """A factory applies, customs accepts, and it assesses itself; the case with its examiners."""
    asked = {"level": "CERTIFIED", "trades": [trade]}
    case = await factory.post(f"{_ROOT}/accreditations", asked)
    path = f"{_ROOT}/accreditations/{case['accreditation_id']}"
    await desk.sign(path, "acceptance", {"accept": True})
    await factory.post(f"{path}/self-assessment", {"marks": await all_met(factory, trade)})
    return await _with_examiners(desk, path)


async def certified(
    case: Mapping[str, Any],
    officers: Sequence[str],
    acting: Callable[[str], Party],
    marks: Mapping[str, str],
) -> dict[str, Any]:
    """Both examiners find every standard met, and two of the other officers certify."""
    path = f"{_ROOT}/accreditations/{case['accreditation_id']}"
    one, other = (acting(officer) for officer in case["examiners"])
    await one.sign(path, "on-site-report", {"marks": marks, "opinion": "全部达标"})
    await other.sign(path, "on-site-report/countersignature", {"agree": True})
    chief, deputy = [acting(o) for o in officers if o not in case["examiners"]][:2]
    await chief.sign(path, "decision", {"kind": "CERTIFY", "grounds": "评分合格"})
    return await deputy.sign(path, "countersignature", {"agree": True})


async def all_met(reader: Party, trade: str) -> dict[str, str]:
    """A mark for each of the general standards, and for those of the trade."""
    standards = await reader.get(f"{_ROOT}/standards")
    general = [item for items in standards["general"].values() for item in items]
    return dict.fromkeys([*general, *standards["by_trade"][trade]], "MET")


async def _with_examiners(customs: Party, path: str) -> dict[str, Any]:
    case = await customs.get(path)
    for _ in range(_PATIENCE):
        if case["examiners"]:
            return case
        case = await customs.later(path, case["version"]) or case
    raise Unexpected(f"{path}: nobody was drawn to examine")
