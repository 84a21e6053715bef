"""The official schemas in the folder that an operator fills (ISO20022_SCHEMAS)."""

from __future__ import annotations

from pathlib import Path

import structlog

from services.platform.secret_file import SettingsError
from services.settlement.domain.messages.official import OfficialSchemas, SchemaUnfit

log = structlog.get_logger()


def official_schemas(folder: Path | None) -> OfficialSchemas:
    """The official schemas in a folder (ISO20022_SCHEMAS); none when it is not named.

    A folder without any is said in the log: messages are then held to their classes alone. Raises
    SettingsError when it is not there, or it or what is in it cannot be read.
    """
    if folder is None:
        return OfficialSchemas({})
    try:
        sources = {f.stem: f.read_bytes() for f in sorted(folder.iterdir()) if f.suffix == ".xsd"}
    except OSError as error:
        raise SettingsError(
            f"The official schemas cannot be read from {error.filename} ({error.strerror});"
            " ISO20022_SCHEMAS names their folder, which this process's user must be able to read."
            " Unset it to do without them."
        ) from error
    try:
        schemas = OfficialSchemas(sources)
    except SchemaUnfit as error:
        raise SettingsError(
            f"{folder / error.name}.xsd is no XML schema; put the official file in its place."
        ) from error
    if not sources:
        log.warning("no_official_schemas", folder=str(folder), wanted="*.xsd")
    return schemas
