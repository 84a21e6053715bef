"""Manifests: what came in on a truck (W30)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.harbour import Harbour
from tests.support.window import PORT, Window, codes

LOTS = "/declaration/v1/lots"


async def test_w30_a_manifest_carries_what_it_weighs_and_no_kilogram_more(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("22000")

    def of(gross: str) -> dict[str, Any]:
        return {"manifest_no": manifest, "gross_kg": gross, "values": ["10.00"], "kg_each": "10"}

    await harbour.released(group, **of("7500"))
    second = await harbour.accepted(group, **of("8000"))
    assert await harbour.weight_left(manifest) == "6500.000"
    third = await harbour.window.lot(group, port=harbour.port, **of("6600"))
    assert codes(third) == ["OVER_MANIFEST"]
    assert third.json()["errors"][0]["facts"] == {
        "left_kg": "6500.000",
        "lot_kg": "6600.000",
    }
    await group.clerk.post(f"{LOTS}/{second}/cancellation", {"reason": "wrong"})
    assert await harbour.weight_left(manifest) == "14500.000"
    await harbour.accepted(group, **of("14500"))


async def test_parallel_lots_never_weigh_more_than_their_manifest(harbour: Harbour) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("1000")
    answers = await asyncio.gather(
        *(
            harbour.window.lot(
                group,
                port=harbour.port,
                manifest_no=manifest,
                gross_kg="300",
                values=["10.00"],
            )
            for _ in range(12)
        )
    )
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 9
    assert {c for a in answers if a.status_code == 409 for c in codes(a)} == {"OVER_MANIFEST"}
    assert await harbour.weight_left(manifest) == "100.000"


async def test_a_manifest_is_lodged_once(harbour: Harbour) -> None:
    manifest = await harbour.manifest("10")
    body = {
        "manifest_no": manifest,
        "port": harbour.port,
        "vehicle_plate": "桂P12345",
        "total_kg": "20",
    }
    again = await harbour.carrier.try_post("/declaration/v1/manifests", body)
    assert codes(again) == ["DUPLICATE_MANIFEST"]
    assert await harbour.weight_left(manifest) == "10.000"


async def test_a_truck_that_has_not_entered_or_entered_ages_ago_is_not_declared(
    window: Window,
) -> None:
    group = await window.group(1)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert codes(await window.lot(group, entered_at=tomorrow)) == ["ENTRY_IN_FUTURE"]
    long_ago = await window.lot(group, entered_at="2012-05-01T09:00:00+08:00")
    assert "ENTRY_TOO_OLD" in codes(long_ago)


async def test_the_weight_of_another_truck_cannot_be_used_up(window: Window) -> None:
    group = await window.group(1)
    manifest_no = f"M{uuid4().hex[:10]}"
    carrier = window.parties.act_as("carrier", "carrier:14C-99999")
    manifest = {
        "manifest_no": manifest_no,
        "port": PORT,
        "vehicle_plate": "桂P99999",
        "total_kg": "5000",
    }
    await carrier.post("/declaration/v1/manifests", manifest)
    refused = await window.lot(group, manifest_no=manifest_no)
    assert codes(refused) == ["MANIFEST_UNKNOWN"]
