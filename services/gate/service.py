"""The gate's manifest."""

from __future__ import annotations

from typing import Final

from services.platform.manifest import Manifest, granted

MANIFEST: Final = Manifest(
    name="gate",
    title="Gate",
    description="The gate of the supervised place: what is declared, comes in, is let out.",
    summary="Vehicles' entry declarations, entries, and the passes of released lots.",
    keys=("receipt_key",),
    scopes=(
        granted("gate:entry:read", "gate", "officer"),
        granted("gate:entry:record", "gate"),
        granted("gate:lot:read", "gate"),
        granted("gate:pass:read", "gate", "officer"),
        granted("gate:pass:record", "gate"),
        granted("gate:vehicle:list", "carrier"),
        granted("gate:vehicle:read", "carrier", "officer", "registrar"),
        granted("gate:vehicle:write", "carrier", "registrar"),
    ),
    told_by={"ent": ()},
)
