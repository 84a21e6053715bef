"""The keys by which a lot that a test writes by hand is known again."""

from __future__ import annotations

from typing import Any

from services.kernel import canonical


def keyed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of lots with the canonical forms beside what was written."""
    foreign, manifest = row.get("foreign_plate"), row.get("manifest_no")
    return {
        **row,
        "reference_key": canonical.reference_key(row["reference"]),
        "plate_key": canonical.plate_key(row["vehicle_plate"]),
        "foreign_plate_key": foreign and canonical.plate_key(foreign),
        "manifest_key": manifest and canonical.number_key(manifest),
        "seller_key": canonical.name_key(row["seller"]),
    }
