"""Acts of one-touch: at the registrar's desk, and on the phone that is bound there."""

from __future__ import annotations

from typing import Final

from tests.acts.asked import Asked, Builder
from tests.support.asleep import Asleep
from tests.support.passkey import OPENINGS, PASSKEYS, bound, new_phone, opened
from tests.support.window import lot_body

CHALLENGES: Final = "/registry/v1/passkey-challenges"


async def somebody(asleep: Asleep) -> tuple[str, str]:
    """A resident on file: the number, and the party."""
    number = (await asleep.harbour.group(1)).residents[0]
    return number, f"resident:{await asleep.harbour.window.resident_id(number)}"


async def passkey_opened(asleep: Asleep) -> Asked:
    (one, _), (other, _) = await somebody(asleep), await somebody(asleep)
    who = ("registrar", "platform:registrar", OPENINGS)
    return Asked(*who, {"resident_no": one}, {"resident_no": other}, ("PasskeyOpened",))


async def passkey_asked_for(asleep: Asleep) -> Asked:
    """A POST so that no code stands in an address; it reads, and records nothing."""
    number, party = await somebody(asleep)
    code = (await opened(asleep.harbour.window, number))["code"]
    return Asked("resident", party, CHALLENGES, {"code": code}, {"code": "0000000000"}, ())


async def passkey_bound(asleep: Asleep) -> Asked:
    window = asleep.harbour.window
    number, party = await somebody(asleep)
    code = (await opened(window, number))["code"]
    asked = await (await window.phone(number)).post(CHALLENGES, {"code": code})
    one, other = ({"code": code, **new_phone(window).make(asked["challenge"])} for _ in range(2))
    return Asked("resident", party, PASSKEYS, one, other, ("PasskeyBound",))


async def passkey_ended(asleep: Asleep) -> Asked:
    number, party = await somebody(asleep)
    window = asleep.harbour.window
    _, passkey = await bound(window, number, new_phone(window))
    path = f"{PASSKEYS}/{passkey['passkey_id']}/ending"
    return Asked("resident", party, path, {}, {}, ("PasskeyEnded",))


async def own_lot_asked_for(asleep: Asleep) -> Asked:
    """What a phone is asked before its holder declares; it reads, and records nothing."""
    group = await asleep.harbour.group(1)
    party = f"resident:{await asleep.harbour.window.resident_id(group.residents[0])}"
    body = lot_body(group, values=["10.00"], port=asleep.harbour.port, group_code=None)
    return Asked("resident", party, "/declaration/v1/touches", body, {**body, "pieces": 11}, ())


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {OPENINGS}": (passkey_opened,),
    "POST /declaration/v1/touches": (own_lot_asked_for,),
    f"POST {CHALLENGES}": (passkey_asked_for,),
    f"POST {PASSKEYS}": (passkey_bound,),
    f"POST {PASSKEYS}/{{passkey_id}}/ending": (passkey_ended,),
}
