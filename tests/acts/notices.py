"""Acts of a person about the own notices: what was read, by which ways he is told."""

from __future__ import annotations

from typing import Any, Final

from deploy.operate.parts import meanwhile
from services.notices.commands.choices import code_for
from services.notices.service import MANIFEST
from tests.acts.asked import Asked, Builder
from tests.support.asleep import Asleep
from tests.support.patience import sooner_or_later
from tests.support.reading import Reader

NOTICES: Final = "/notices/v1/notices"
CHOICES: Final = "/notices/v1/choices"
CONTACTS: Final = "/notices/v1/contacts"


def _contact(party: str) -> dict[str, Any]:
    return {"channel": "EMAIL", "contact": f"{party[-12:]}@example.org", "consent": True}


async def _somebody(asleep: Asleep) -> tuple[str, Reader]:
    """A resident on file."""
    window = asleep.harbour.window
    number = (await asleep.harbour.group(1)).residents[0]
    party = f"resident:{await window.resident_id(number)}"
    return party, window.parties.act_as("resident", party)


async def _told(asleep: Asleep) -> tuple[str, list[str]]:
    """A resident of whom two notices are there, and their ids."""
    party, reader = await _somebody(asleep)
    path = f"/declaration/v1/residents/{party.partition(':')[2]}/name-freezes"
    for frozen in (True, False):
        await reader.post(path, {"frozen": frozen})
    judging = asleep.harbour.window.assembly.beside(MANIFEST.beside)

    async def found() -> list[str] | None:
        items = (await reader.get(NOTICES))["items"]
        ids = [i["notice_id"] for i in items if i["kind"].startswith("NAME_")]
        return ids if len(ids) == len(("frozen", "thawed")) else None

    async with meanwhile(judging):
        return party, await sooner_or_later(found)


async def read(asleep: Asleep) -> Asked:
    party, (newer, older) = await _told(asleep)
    other = {"notice_ids": [older]}
    return Asked("resident", party, f"{NOTICES}/read", {"notice_ids": [newer]}, other, ())


async def read_up_to(asleep: Asleep) -> Asked:
    party, (newer, older) = await _told(asleep)
    return Asked("resident", party, f"{NOTICES}/read", {"up_to": newer}, {"up_to": older}, ())


async def chosen(asleep: Asleep) -> Asked:
    party, _ = await _somebody(asleep)
    return Asked("resident", party, CHOICES, {"language": "vi"}, {"language": "en"}, ())


async def asked_for(asleep: Asleep) -> Asked:
    party, _ = await _somebody(asleep)
    body = _contact(party)
    other = {**body, "contact": "other@example.org"}
    return Asked("resident", party, CONTACTS, body, other, ())


async def confirmed(asleep: Asleep) -> Asked:
    party, reader = await _somebody(asleep)
    await reader.post(CONTACTS, _contact(party))
    code_id = await asleep.sql.fetchval("SELECT code_id FROM notice_codes WHERE party = $1", party)
    code = code_for(code_id, asleep.harbour.window.assembly.vault)
    body = {"channel": "EMAIL", "code": code}
    other = {**body, "channel": "SMS"}
    return Asked("resident", party, f"{CONTACTS}/confirmation", body, other, ())


async def withdrawn(asleep: Asleep) -> Asked:
    party, reader = await _somebody(asleep)
    await reader.post(CONTACTS, _contact(party))
    body, other = {"channel": "EMAIL"}, {"channel": "SMS"}
    return Asked("resident", party, f"{CONTACTS}/withdrawal", body, other, ())


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {NOTICES}/read": (read, read_up_to),
    f"POST {CHOICES}": (chosen,),
    f"POST {CONTACTS}": (asked_for,),
    f"POST {CONTACTS}/confirmation": (confirmed,),
    f"POST {CONTACTS}/withdrawal": (withdrawn,),
}
