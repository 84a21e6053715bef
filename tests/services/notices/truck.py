"""A carrier whose truck is on file, and who lodges its manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from tests.services.notices.conftest import Post
from tests.support.on_file import truck_filed
from tests.support.plates import other_plate, own_plate
from tests.support.reading import Reader
from tests.support.window import ENTERED_AT, PORT


async def truck_with_a_manifest(post: Post) -> tuple[Reader, str, str, str]:
    """A carrier, its truck's plates, and the manifest that it lodged."""
    code = f"carrier:C-{uuid4().hex[:8]}"
    carrier = post.window.parties.act_as("carrier", code)
    plate, number = own_plate(), f"M-{uuid4().hex[:10]}"
    foreign = other_plate()
    moments = (datetime.fromisoformat(ENTERED_AT), datetime.now(UTC))
    await truck_filed(post.window.sql, plate, PORT, *moments, carrier=code, foreign_plate=foreign)
    manifest = {
        "manifest_no": number,
        "port": PORT,
        "vehicle_plate": plate,
        "total_kg": "5000",
    }
    await carrier.post("/declaration/v1/manifests", manifest)
    return carrier, plate, foreign, number
