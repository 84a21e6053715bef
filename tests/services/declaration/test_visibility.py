"""Who may read a lot is said by two statements; for every kind of reader they say the same.

``queries._VISIBLE`` filters lists by plain columns of the lot, which pages of a large table need;
the case's header names its readers for the window. The next kind of reader is added to both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.manifests import scopes_of_roles
from tests.support.harbour import Harbour
from tests.support.window import Group

ELSEWHERE = "RUILI"


@dataclass(frozen=True)
class Place:
    """A lot's group, another group, and the port of both."""

    harbour: Harbour
    own: Group
    other: Group

    def act_as(self, role: str, party: str, port: str | None = None) -> Party:
        return self.harbour.window.parties.act_as(role, party, port=port)

    async def phone(self, group: Group) -> Party:
        return await self.harbour.window.phone(group.residents[0])


Maker = Callable[[Place], Awaitable[Party]]


def desk(role: str, party: str) -> tuple[Maker, Maker]:
    """One at the lot's port, one at another."""

    async def here(place: Place) -> Party:
        return place.act_as(role, party, place.harbour.port)

    async def there(place: Place) -> Party:
        return place.act_as(role, party, ELSEWHERE)

    return here, there


async def _own_clerk(place: Place) -> Party:
    return place.own.clerk


async def _other_clerk(place: Place) -> Party:
    return place.other.clerk


async def _member(place: Place) -> Party:
    return await place.phone(place.own)


async def _stranger(place: Place) -> Party:
    return await place.phone(place.other)


async def _auditor(place: Place) -> Party:
    return place.act_as("auditor", "auditor:a")


async def _carrier(place: Place) -> Party:
    return place.act_as("carrier", "carrier:C1", place.harbour.port)


READERS: dict[str, tuple[Maker | None, Maker | None]] = {
    "clerk": (_own_clerk, _other_clerk),
    "resident": (_member, _stranger),
    "officer": desk("officer", "officer:o"),
    "risk_officer": desk("risk_officer", "officer:r"),
    "gate": desk("gate", "gate:g"),
    "auditor": (_auditor, None),
    "carrier": (None, _carrier),
}


async def read(party: Party, path: str) -> httpx2.Response:
    return await party.http.get(path, headers={"Authorization": f"Bearer {party.bearer}"})


def test_every_role_that_reads_lots_is_among_them() -> None:
    reading = {r for r, scopes in scopes_of_roles().items() if "declaration:lot:read" in scopes}
    assert set(READERS) == reading


@pytest.mark.parametrize("role", READERS)
async def test_declaration_and_window_show_a_lot_to_the_same_readers(
    harbour: Harbour, role: str
) -> None:
    place = Place(harbour, await harbour.group(1), await harbour.group(1))
    lot_id = await harbour.accepted(place.own, values=["10.00"])
    for maker, status in zip(READERS[role], (200, 404), strict=True):
        if maker is None:
            continue
        reader = await maker(place)
        one = await read(reader, f"/declaration/v1/lots/{lot_id}")
        case = await read(reader, f"/window/v1/cases/{lot_id}")
        assert (one.status_code, case.status_code) == (status, status)
        page = await read(reader, "/declaration/v1/lots?state=SUBMITTED&limit=200")
        assert page.status_code == 200, page.text
        listed = [lot["lot_id"] for lot in page.json()["items"]]
        if status == 404 or page.json()["next_cursor"] is None:
            assert (lot_id in listed) == (status == 200)
