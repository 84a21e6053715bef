"""What tests read from beside the project, and whether it was there.

The official ISO 20022 schemas are ISO's own and no part of the project. Where they lie beside it,
messages are held to them as well; without them a run says so at its end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

SCHEMAS: Final = Path(__file__).parents[3] / "shared" / "iso20022"


def official_schemas_said(folder: Path = SCHEMAS) -> str:
    """Whether a run had the official schemas, and which."""
    there = sorted(file.stem for file in folder.glob("*.xsd"))
    if not there:
        return f"none in {folder}: messages were held to their classes alone"
    return f"{', '.join(there)}, in {folder}"


def official_schemas_left_out(folder: Path = SCHEMAS) -> list[str]:
    """What a run without them leaves out, as it stands among what else it leaves out."""
    return [] if any(folder.glob("*.xsd")) else ["every message against its official schema"]
