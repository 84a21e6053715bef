"""Lots that wait for their members, and what becomes of those that never go further."""

from __future__ import annotations

from deploy.sandbox.world.control import let_pass, released
from deploy.sandbox.world.lots import became, declared, own_goods
from deploy.sandbox.world.stage import Stage


async def nobody_yet(stage: Stage) -> None:
    """Declared; nobody has confirmed, not even the clerk for those who gave a mandate."""
    await declared(stage, by_themselves=(0, 1))


async def some_not_yet(stage: Stage) -> None:
    """The clerk has confirmed for those who gave a mandate; the others have not answered."""
    lot = await declared(stage, by_themselves=(0, 1))
    await stage.clerk.sign(lot.path, "confirmations", {"by_mandate": True})


async def reminded(stage: Stage) -> None:
    """Those who have not answered were reminded."""
    lot = await declared(stage, by_themselves=(0,))
    await stage.clerk.sign(lot.path, "confirmations", {"by_mandate": True})
    await stage.clerk.post(f"{lot.path}/reminders", {})


async def share_refused(stage: Stage) -> None:
    """A member says no to the share in the own name, and the lot is withdrawn."""
    lot = await declared(stage, by_themselves=(2,))
    await stage.resident(stage.taken.group.code, 2).sign(lot.path, "refusals")
    await became(stage, lot, "CANCELLED")


async def cancelled(stage: Stage) -> None:
    """The truck turned back, and the clerk withdraws the lot."""
    lot = await declared(stage)
    await stage.clerk.post(f"{lot.path}/cancellation", {"reason": "样本：车辆未入境即返回"})
    await became(stage, lot, "CANCELLED")


async def quota_mostly_used(stage: Stage) -> None:
    """A resident has declared the own goods by phone, for most of today's quota."""
    lot = await own_goods(stage, 3, value="6900.00", kg="172.5")
    await let_pass(stage, lot)


async def not_me(stage: Stage) -> str:
    """A member in whose name the clerk confirmed by mandate says that it was not them; the lot
    waits at the gate until the registrars have found out. The report's id."""
    lot = await released(stage)
    group, holder = stage.taken.group, stage.taken.holders[0]
    phone = stage.resident(group.code, group.residents.index(holder))
    return str((await phone.post(f"{lot.path}/name-reports", {}))["report_id"])


async def not_me_found(stage: Stage) -> None:
    """One registrar has written what was found; another decides upon it."""
    report = f"/declaration/v1/name-reports/{await not_me(stage)}"
    found = {"found": "样本：本人持有效授权书，授权在申报日有效，互助组留有签字原件。"}
    await stage.registrar(1).sign(report, "findings", found)
