"""Acts of a trader's programmer: where a party is to be told of its cases."""

from __future__ import annotations

import base64
from typing import Any, Final

from deploy.operate.parts import meanwhile
from services.window.service import MANIFEST
from tests.acts.asked import Asked, Builder
from tests.acts.carrying import Follows
from tests.support.asleep import Asleep
from tests.support.patience import sooner_or_later
from tests.support.ports import free_port
from tests.support.receiver import listening
from tests.support.window import Group

WEBHOOKS: Final = "/window/v1/webhooks"
SECRET: Final = "whsec_" + base64.b64encode(b"only for the tests of webhooks").decode()


def subscription(port: int) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{port}/hook", "secret": SECRET}


async def registered(asleep: Asleep, group: Group, port: int) -> str:
    """The path of a webhook that a group has."""
    answer = await group.clerk.post(WEBHOOKS, subscription(port))
    return f"{WEBHOOKS}/{answer['webhook_id']}"


def told_at(port: int) -> Follows:
    """The program that listens there hears that a lot was submitted."""

    async def until(asleep: Asleep) -> object:
        delivery = asleep.harbour.window.assembly.beside(MANIFEST.beside)
        async with listening(port) as program, meanwhile(delivery):

            async def told() -> bool:
                return "LotSubmitted" in program.types

            return await sooner_or_later(told)

    return until


async def webhook_registered(asleep: Asleep) -> Asked:
    """What happens from then on is told."""
    group, port = await asleep.harbour.group(1), free_port()

    async def follows(_: Asleep) -> object:
        await asleep.harbour.accepted(group, values=["10.00"])
        return await told_at(port)(asleep)

    body = subscription(port)
    other = {**body, "event_types": ["LotReleased"]}
    return Asked("clerk", f"group:{group.code}", WEBHOOKS, body, other, (), follows=follows)


async def webhook_replayed(asleep: Asleep) -> Asked:
    """What had happened before it was registered is told too."""
    group, port = await asleep.harbour.group(1), free_port()
    await asleep.harbour.accepted(group, values=["10.00"])
    return Asked(
        *("clerk", f"group:{group.code}", f"{await registered(asleep, group, port)}/replay"),
        *({"since": "0-0"}, {"since": "0-1"}),
        (),
        follows=told_at(port),
    )


async def webhook_secret_changed(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    path = f"{await registered(asleep, group, free_port())}/secret"
    other = {"secret": SECRET, "overlap_hours": 2}
    return Asked("clerk", f"group:{group.code}", path, {"secret": SECRET}, other, ())


async def webhook_removed(asleep: Asleep) -> Asked:
    group = await asleep.harbour.group(1)
    path = f"{await registered(asleep, group, free_port())}/removal"
    return Asked("clerk", f"group:{group.code}", path, {}, {"again": True}, ())


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {WEBHOOKS}": (webhook_registered,),
    f"POST {WEBHOOKS}/{{webhook_id}}/replay": (webhook_replayed,),
    f"POST {WEBHOOKS}/{{webhook_id}}/secret": (webhook_secret_changed,),
    f"POST {WEBHOOKS}/{{webhook_id}}/removal": (webhook_removed,),
}
