"""A case that refuses without number still takes the right decision: it goes on in a new run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from temporalio.client import Client

from deploy.demo.parties import Party
from tests.support.inspection import CLEAN, Office
from tests.support.servers import UPDATES_MAX

MORE_THAN_A_RUN_TAKES = UPDATES_MAX + UPDATES_MAX // 10


async def refused_without_number(ask: Callable[[], Awaitable[int]]) -> None:
    """Eight at a time, as an impatient program would."""
    for _ in range(MORE_THAN_A_RUN_TAKES // 8 + 1):
        statuses = await asyncio.gather(*(ask() for _ in range(8)))
        assert all(400 <= status < 500 for status in statuses), statuses


async def runs(client: Client, case: str) -> int:
    """How many runs the case has had, as soon as the engine lists more than one."""
    for _ in range(200):
        found = [run async for run in client.list_workflows(f"WorkflowId = '{case}'")]
        if len(found) > 1:
            return len(found)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case} did not go on in a new run")


def asking(party: Party, path: str, body: Mapping[str, object]) -> Callable[[], Awaitable[int]]:
    async def ask() -> int:
        return (await party.try_post(path, body)).status_code

    return ask


async def test_an_order_takes_its_officers_findings_after_any_number_of_refusals(
    office: Office,
) -> None:
    order_id, case = await office.inspected(await office.port())
    order = await office.order(order_id, state="ASSIGNED")
    author, signer = await office.colleagues(order)
    path = f"/inspection/v1/orders/{order_id}"
    stranger = await office.clerk(order["port"])
    await refused_without_number(asking(stranger, f"{path}/findings", CLEAN))
    assert await runs(office.client, order_id) == 2
    await author.post(f"{path}/findings", CLEAN)
    await signer.post(f"{path}/countersignature", {"agree": True})
    assert (await case.result()).disposal == "RELEASE"


async def test_an_accreditation_goes_on_after_any_number_of_refusals(office: Office) -> None:
    port = await office.port()
    _, factory = await office.enterprise(port)
    applied = await factory.post("/inspection/v1/accreditations", {"level": "ADVANCED"})
    aeo_id = applied["accreditation_id"]
    path = f"/inspection/v1/accreditations/{aeo_id}"
    chief = await office.clerk(port)
    too_early = asking(chief, f"{path}/extension", {"grounds": "not accepted yet"})
    await refused_without_number(too_early)
    assert await runs(office.client, aeo_id) == 2
    assert (await chief.post(f"{path}/acceptance", {"accept": True}))["state"] == "ACCEPTED"
