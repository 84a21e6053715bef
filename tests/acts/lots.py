"""Acts on a lot and on its order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from tests.acts.asked import Asked, Builder
from tests.support.asleep import Asleep
from tests.support.facts import sold
from tests.support.harbour import PASSED, SMUGGLED, open_port
from tests.support.patience import sooner_or_later
from tests.support.plates import own_plate
from tests.support.window import lot_body

LOTS: Final = "/declaration/v1/lots"
ORDERS: Final = "/inspection/v1/orders"
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


def becomes(lot_id: str, state: str) -> Any:
    """The lot is in a state."""

    async def until(asleep: Asleep) -> object:
        async def there() -> bool:
            lot = await asleep.harbour.lot(lot_id)
            return bool(lot["state"] == state and lot["carrying_out"] is None)

        return await sooner_or_later(there)

    return until


def order_becomes(order_id: str, state: str) -> Any:
    """The order is in a state."""

    async def until(asleep: Asleep) -> object:
        async def there() -> bool:
            return bool((await asleep.harbour.order(order_id))["state"] == state)

        return await sooner_or_later(there)

    return until


async def submitted(asleep: Asleep) -> Asked:
    """Members without a mandate confirm themselves: nothing follows but the case's own wait."""
    group = await asleep.harbour.group(1)
    body = lot_body(group, values=["10.00"], port=asleep.harbour.port)
    other = {**body, "goods_name": "腰果"}
    party = f"group:{group.code}"
    return Asked("clerk", party, LOTS, body, other, ("LotSubmitted",))


async def lot_confirmed(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.accepted(group, values=["10.00"])
    return Asked(
        *("clerk", f"group:{group.code}", f"{LOTS}/{lot_id}/confirmations"),
        *({"by_mandate": True}, {"by_mandate": False}),
        ("SharesConfirmed", "IdentityConfirmed"),
        follows=becomes(lot_id, "RELEASED"),
    )


async def lot_amended(asleep: Asleep) -> Asked:
    """Of what enters now; its members have the whole time to answer again."""
    place = asleep.at(await open_port(asleep.harbour.window, officers=0, replays=False))
    group = await place.harbour.group(1)
    entered_at = datetime.now(UTC).isoformat()
    lot_id = await place.harbour.accepted(group, values=["10.00"], entered_at=entered_at)
    path = f"{LOTS}/{lot_id}/amendments"
    bodies = ({"gross_kg": "120"}, {"gross_kg": "121"})
    return Asked("clerk", f"group:{group.code}", path, *bodies, ("LotAmended",))


async def members_reminded(asleep: Asleep) -> Asked:
    """Nothing follows but what the members read."""
    group = await asleep.harbour.group(2, mandated=False)
    lot_id = await asleep.harbour.accepted(group, values=["10.00", "20.00"])
    path = f"{LOTS}/{lot_id}/reminders"
    return Asked("clerk", f"group:{group.code}", path, {}, {}, ("MembersReminded",))


async def share_refused(asleep: Asleep) -> Asked:
    """The lot is withdrawn in the act itself; its case has but to end."""
    group = await asleep.harbour.group(2, mandated=False)
    lot_id = await asleep.harbour.accepted(group, values=["10.00", "20.00"])
    resident = await asleep.harbour.window.resident_id(group.residents[0])
    path = f"{LOTS}/{lot_id}/refusals"
    return Asked("resident", f"resident:{resident}", path, {}, {}, ("ShareRefused",))


async def name_frozen(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    resident = await asleep.harbour.window.resident_id(group.residents[0])
    path = f"/declaration/v1/residents/{resident}/name-freezes"
    bodies = ({"frozen": True}, {"frozen": False})
    return Asked("resident", f"resident:{resident}", path, *bodies, ("NameFrozen",))


async def lot_cancelled(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.accepted(group, values=["10.00"])
    return Asked(
        *("clerk", f"group:{group.code}", f"{LOTS}/{lot_id}/cancellation"),
        *({"reason": "the buyer left"}, {"reason": "no reason"}),
        ("LotCancelled",),
    )


async def order_let_go_first(asleep: Asleep) -> Asked:
    """One officer's word moves nothing."""
    _, order_id = await asleep.inspected()
    one, _ = (await asleep.harbour.order(order_id))["officers"]
    return Asked(
        *("officer", f"officer:{one}", f"{ORDERS}/{order_id}/withdrawal"),
        *({"grounds": "the buyer left"}, {"grounds": "no reason"}),
        ("WithdrawalLetGo",),
        port=asleep.harbour.port,
    )


async def order_let_go(asleep: Asleep) -> Asked:
    lot_id, order_id = await asleep.inspected()
    one, other = (await asleep.harbour.order(order_id))["officers"]
    path = f"{ORDERS}/{order_id}/withdrawal"
    await asleep.harbour.officer(one).post(path, {"grounds": "the buyer left"})
    return Asked(
        *("officer", f"officer:{other}", path),
        *({"grounds": "the buyer left"}, {"grounds": "no reason"}),
        ("InspectionWithdrawn",),
        port=asleep.harbour.port,
        carrying_out="VERDICT",
        lot_id=lot_id,
        follows=becomes(lot_id, "CANCELLED"),
    )


async def gate_passed(asleep: Asleep) -> Asked:
    lot_id = await asleep.released()
    await sold(asleep.sql, lot_id)
    return Asked(
        *("gate", "gate:G1", f"/gate/v1/lots/{lot_id}/passes"),
        *(TRUCK, {**TRUCK, "gross_kg": "111"}),
        ("GatePassed",),
        port=asleep.harbour.port,
        carrying_out="SALE",
        lot_id=lot_id,
        follows=becomes(lot_id, "SOLD"),
    )


async def entry_recorded(asleep: Asleep) -> Asked:
    body, other = ({"vehicle_plate": own_plate()} for _ in range(2))
    who = ("gate", "gate:G1", "/gate/v1/entries")
    return Asked(*who, body, other, ("EntryRecorded",), port=asleep.harbour.port)


async def manifest_lodged(asleep: Asleep) -> Asked:
    await asleep.harbour.truck()
    body = {
        "manifest_no": f"M-{uuid4().hex[:12]}",
        "port": asleep.harbour.port,
        "vehicle_plate": "桂P12345",
        "total_kg": "110",
    }
    other = {**body, "total_kg": "111"}
    path = "/declaration/v1/manifests"
    return Asked("carrier", "carrier:C1", path, body, other, ("ManifestLodged",))


async def findings_recorded(asleep: Asleep) -> Asked:
    _, order_id = await asleep.inspected()
    one, _ = (await asleep.harbour.order(order_id))["officers"]
    return Asked(
        *("officer", f"officer:{one}", f"{ORDERS}/{order_id}/findings", PASSED, SMUGGLED),
        ("FindingsRecorded",),
        port=asleep.harbour.port,
        follows=order_becomes(order_id, "AWAITING_SIGNATURE"),
    )


def findings_countersigned(found: dict[str, Any], state: str) -> Builder:
    async def asked(asleep: Asleep) -> Asked:
        lot_id, order_id = await asleep.inspected()
        one, other = (await asleep.harbour.order(order_id))["officers"]
        await asleep.harbour.officer(one).post(f"{ORDERS}/{order_id}/findings", found)
        return Asked(
            *("officer", f"officer:{other}", f"{ORDERS}/{order_id}/countersignature"),
            *({"agree": True}, {"agree": False, "remark": "not so"}),
            ("InspectionConcluded",),
            port=asleep.harbour.port,
            carrying_out="VERDICT",
            lot_id=lot_id,
            follows=becomes(lot_id, state),
        )

    return asked


async def findings_sent_back(asleep: Asleep) -> Asked:
    _, order_id = await asleep.inspected()
    one, other = (await asleep.harbour.order(order_id))["officers"]
    await asleep.harbour.officer(one).post(f"{ORDERS}/{order_id}/findings", PASSED)
    return Asked(
        *("officer", f"officer:{other}", f"{ORDERS}/{order_id}/countersignature"),
        *({"agree": False, "remark": "not so"}, {"agree": True}),
        ("FindingsSentBack",),
        port=asleep.harbour.port,
        follows=order_becomes(order_id, "SENT_BACK"),
    )


async def order_redrawn(asleep: Asleep) -> Asked:
    """Too few are left to draw from: the order's case draws as soon as somebody has come."""
    place = asleep.at(await open_port(asleep.harbour.window, officers=2))
    harbour = place.harbour
    _, order_id = await place.inspected()
    gone, stays = (await harbour.order(order_id))["officers"]
    await harbour.dismiss(gone)

    async def somebody_came(_: Asleep) -> object:
        await harbour.hire()
        return await order_becomes(order_id, "ASSIGNED")(place)

    return Asked(
        *("officer", f"officer:{stays}", f"{ORDERS}/{order_id}/redraw"),
        *({"grounds": "left the service"}, {"grounds": "ill"}),
        ("InspectionUnstaffed",),
        port=harbour.port,
        follows=somebody_came,
    )


async def lot_called_in(asleep: Asleep) -> Asked:
    """Released goods that are still inside are to be seen after all."""
    lot_id = await asleep.released()
    officer = await asleep.harbour.hire()
    return Asked(
        *("officer", f"officer:{officer}", f"/risk/v1/lots/{lot_id}/call-ins"),
        *({"grounds": "the seal is broken"}, {"grounds": "no reason"}),
        ("LotCalledIn", "InspectionOrdered"),
        port=asleep.harbour.port,
        follows=becomes(lot_id, "IN_INSPECTION"),
    )


async def lots_checked(asleep: Asleep) -> Asked:
    """A POST so that no number stands in an address; it reads, and records nothing."""
    group = await asleep.harbour.group(1)
    lot = lot_body(group, values=["10.00"], port=asleep.harbour.port)
    body, other = {"lots": [lot]}, {"lots": [lot, {**lot, "goods_name": "腰果"}]}
    return Asked("clerk", f"group:{group.code}", f"{LOTS}/checks", body, other, ())


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {LOTS}": (submitted,),
    f"POST {LOTS}/checks": (lots_checked,),
    f"POST {LOTS}/{{lot_id}}/confirmations": (lot_confirmed,),
    f"POST {LOTS}/{{lot_id}}/amendments": (lot_amended,),
    f"POST {LOTS}/{{lot_id}}/reminders": (members_reminded,),
    f"POST {LOTS}/{{lot_id}}/refusals": (share_refused,),
    "POST /declaration/v1/residents/{resident_id}/name-freezes": (name_frozen,),
    f"POST {LOTS}/{{lot_id}}/cancellation": (lot_cancelled,),
    "POST /gate/v1/entries": (entry_recorded,),
    "POST /gate/v1/lots/{lot_id}/passes": (gate_passed,),
    "POST /declaration/v1/manifests": (manifest_lodged,),
    "POST /risk/v1/lots/{lot_id}/call-ins": (lot_called_in,),
    f"POST {ORDERS}/{{order_id}}/findings": (findings_recorded,),
    f"POST {ORDERS}/{{order_id}}/countersignature": (
        findings_countersigned(PASSED, "RELEASED"),
        findings_countersigned(SMUGGLED, "SEIZED"),
        findings_sent_back,
    ),
    f"POST {ORDERS}/{{order_id}}/redraw": (order_redrawn,),
    f"POST {ORDERS}/{{order_id}}/withdrawal": (order_let_go_first, order_let_go),
}
