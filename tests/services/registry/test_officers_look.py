"""An officer finds by identity number whoever has had a share in a lot at the own port, and nobody
else."""

from __future__ import annotations

from tests.support.asleep import Asleep
from tests.support.on_file import officers_as


async def test_an_officer_finds_who_has_a_share_at_the_own_port_and_nobody_else(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    desk = (harbour.window.parties, harbour.window.sql, "officer")
    here, _ = await officers_as(*desk, port=harbour.port)
    elsewhere, _ = await officers_as(*desk)
    group = await harbour.group(2)
    await harbour.confirmed(group, values=["10.00"])
    sharer, other = group.residents[:2]
    asked = {"resident_nos": [sharer, other]}
    found, unknown = (await here.post("/registry/v1/residents/lookup", asked))["items"]
    assert found["resident_id"] == await harbour.window.resident_id(sharer)
    nobody = {name: False if name == "filed" else None for name in found}
    assert unknown == nobody
    assert (await elsewhere.post("/registry/v1/residents/lookup", asked))["items"] == [nobody] * 2
    lots = await here.get("/declaration/v1/lots", resident_id=found["resident_id"])
    assert len(lots["items"]) == 1
