"""What customs does with a lot that is looked at, up to the stage at which it is left to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deploy.sandbox.parties import Party, upon
from deploy.sandbox.world import cast
from deploy.sandbox.world.filing import two_are_called_away
from deploy.sandbox.world.lots import Lot, became, confirmed
from deploy.sandbox.world.stage import Stage

_ORDERS: Final = "/inspection/v1/orders"
_PASSED: Final = ("RELEASED", "GATE_OUT", "SOLD", "SETTLED", "CLOSED")
"""States of a lot that was released, however far it has gone in a scene that is taken up again."""
_AS_DECLARED: Final = {"results": ["NO_DIFFERENCE"], "disposal": "RELEASE"}


@dataclass(frozen=True)
class Inspection:
    """A lot with its order and the two officers drawn for it."""

    lot: Lot
    order: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"{_ORDERS}/{self.order['order_id']}"

    def officers(self, stage: Stage) -> tuple[Party, Party]:
        """Who finds, and who signs."""
        one, other = self.order["officers"][:2]
        return stage.officer(one, self.order["port"]), stage.officer(other, self.order["port"])

    def findings(self, **found: Any) -> dict[str, Any]:
        """What an officer reports: everything as it was declared, but for what is said."""
        seen = {"method": self.order["method_ordered"], "found_kg": self.order["declared_net_kg"]}
        return {**seen, **_AS_DECLARED, **found}


async def inspected(stage: Stage, **changes: Any) -> Inspection:
    """A confirmed lot that screening sent to officers, who have been drawn."""
    return await looked_at(stage, await confirmed(stage, **changes))


async def looked_at(stage: Stage, lot: Lot) -> Inspection:
    """The inspection of a lot, as soon as its officers are drawn."""
    seen = await stage.until(lot.path, lambda seen: seen["order_id"] is not None)
    order = await stage.until(
        f"{_ORDERS}/{seen['order_id']}", lambda order: len(order["officers"]) > 1
    )
    stage.mark.learn("orders", {stage.name: order["order_id"]})
    return Inspection(lot, order)


async def waits_for_findings(stage: Stage) -> Inspection:
    """Drawn; the first officer has not reported."""
    case = await inspected(stage)
    stage.roll.waits(f"officer:{case.order['officers'][0]}", "findings")
    return case


async def waits_for_officers(stage: Stage) -> None:
    """Nobody at the port knows what the order asks for: it stands unstaffed.

    Unless the draw of the day wants the goods opened as well, for which there are officers.
    """
    lot = await confirmed(stage)
    seen = await became(stage, lot, "IN_INSPECTION")
    await stage.until(
        f"{_ORDERS}/{seen['order_id']}",
        lambda order: order["state"] == "UNSTAFFED" or order["lane"] == "RED",
    )


async def found(stage: Stage, **what: Any) -> Inspection:
    """The first officer has reported; the second has not signed."""
    case = await inspected(stage)
    one, _ = case.officers(stage)
    await one.sign(case.path, "findings", case.findings(**what))
    return case


async def waits_for_signature(stage: Stage) -> None:
    """Findings wait for the countersignature."""
    case = await found(stage, remark="开箱抽样，货证相符（样本）")
    stage.roll.waits(f"officer:{case.order['officers'][1]}", "countersign")


async def sent_back(stage: Stage) -> None:
    """The second officer disagrees, and findings are to be made again."""
    case = await found(stage, remark="只看了门口的箱（样本）")
    _, other = case.officers(stage)
    remark = "抽样位置不足，请按指令从中部和底部取样（样本）"
    await other.sign(case.path, "countersignature", {"agree": False, "remark": remark})


async def both_away(stage: Stage) -> None:
    """Both drawn officers are called away: their order waits for another draw."""
    await inspected(stage)
    await two_are_called_away(stage)


async def signed(stage: Stage, **what: Any) -> Inspection:
    """Both officers sign what the first found."""
    case = await found(stage, **what)
    await _countersigned(stage, case)
    return case


async def _countersigned(stage: Stage, case: Inspection) -> None:
    _, other = case.officers(stage)
    await other.sign(case.path, "countersignature", {"agree": True})


async def released_after_inspection(stage: Stage) -> None:
    """Nothing differs: the goods are released."""
    case = await signed(stage, remark="货证相符（样本）")
    await became(stage, case.lot, "RELEASED")


async def seized(stage: Stage) -> None:
    """Hidden goods are found and seized."""
    case = await signed(
        stage, results=["SMUGGLED"], disposal="SEIZE", remark="夹层内藏匿香烟（样本）"
    )
    await became(stage, case.lot, "SEIZED")


async def rejected(stage: Stage) -> None:
    """The goods are others than declared: the lot is to be declared again."""
    case = await signed(stage, results=["NAME"], disposal="AMEND", remark="品名不符（样本）")
    await became(stage, case.lot, "REJECTED")


async def returned(stage: Stage) -> None:
    """Quarantine fails: the goods go back over the border."""
    case = await signed(
        stage, results=["QUARANTINE_FAIL"], disposal="RETURN", remark="检出有害生物（样本）"
    )
    await became(stage, case.lot, "RETURNED")


async def called_in(stage: Stage) -> None:
    """Released goods are called in by hand before they could leave."""
    case = await called_back(stage, await released(stage))
    stage.roll.waits(f"officer:{case.order['officers'][0]}", "findings")


async def seized_after_all(stage: Stage, lot: Lot) -> None:
    """Released goods are called in by hand, and seized."""
    case = await called_back(stage, lot)
    one, _ = case.officers(stage)
    smuggled = {"results": ["SMUGGLED"], "disposal": "SEIZE", "remark": "封志已换（样本）"}
    await one.sign(case.path, "findings", case.findings(**smuggled))
    await _countersigned(stage, case)
    await became(stage, lot, "SEIZED")


async def called_back(stage: Stage, lot: Lot) -> Inspection:
    """A released lot that an officer wants to see after all."""
    grounds = {"grounds": "样本：封志与舱单不一致，请开箱", "lane": "RED"}
    officer = stage.badge(cast.SUPERVISOR.badge)
    await officer.post(
        f"/risk/v1/lots/{lot.lot_id}/call-ins", grounds, **upon(await officer.get(lot.path))
    )
    await became(stage, lot, "IN_INSPECTION", "SEIZED")
    return await looked_at(stage, lot)


async def half_let_go(stage: Stage) -> None:
    """The clerk wants to withdraw, and one of the two officers has let the lot go."""
    case = await inspected(stage)
    one, _ = case.officers(stage)
    await one.sign(case.path, "withdrawal", {"grounds": "样本：买方撤单"})


async def withdrawn(stage: Stage) -> None:
    """Both officers let the lot go, and it is withdrawn."""
    case = await inspected(stage)
    for officer in case.officers(stage):
        await officer.sign(case.path, "withdrawal", {"grounds": "样本：重复申报"})
    await became(stage, case.lot, "CANCELLED")


async def released(stage: Stage, **changes: Any) -> Lot:
    """A lot of goods that no rule looks for; one that chance takes is inspected and released."""
    return await let_pass(stage, await confirmed(stage, **changes))


async def let_pass(stage: Stage, lot: Lot) -> Lot:
    """A lot as soon as it is released; what chance has taken, two officers find as declared."""
    seen = await became(stage, lot, *_PASSED, "IN_INSPECTION", "SEIZED")
    if seen["state"] == "IN_INSPECTION":
        case = await looked_at(stage, lot)
        if "CALLED_IN" in case.order["reasons"]:
            return lot
        one, _ = case.officers(stage)
        await one.sign(case.path, "findings", case.findings(remark="随机抽查，无差异（样本）"))
        await _countersigned(stage, case)
        await became(stage, lot, "RELEASED")
    return lot
