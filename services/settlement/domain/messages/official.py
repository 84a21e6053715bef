"""The official schemas, wherever an operator has put them (setting ISO20022_SCHEMAS)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from services.kernel.refusal import Refused
from services.settlement.domain.messages.reading import Element, invalid, namespace_of

_PREFIX: Final = "urn:iso:std:iso:20022:tech:xsd:"


class SchemaUnfit(ValueError):
    """What was given as the schema of this message is none."""

    def __init__(self, name: str) -> None:
        super().__init__(f"what is given as the schema of {name} is none")
        self.name = name


class OfficialSchemas:
    """Compiled schemas by message name. Empty when there are none; then it checks nothing."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        """``sources``: message name ('pacs.008.001.08') to the text of its schema.

        Raises SchemaUnfit for the first that is none.
        """
        self._schemas = {name: _compiled(name, text) for name, text in sources.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._schemas

    @property
    def names(self) -> tuple[str, ...]:
        """The messages for which a schema is at hand."""
        return tuple(sorted(self._schemas))

    def check(self, root: Element) -> None:
        """Refuse MESSAGE_INVALID with what the schema says; silent if no schema is at hand."""
        schema = self._schemas.get(namespace_of(root).removeprefix(_PREFIX))
        if schema is None or schema.validate(root):
            return
        lines = sorted({entry.line for entry in schema.error_log})
        raise Refused(invalid("breaks the official schema at line " + ", ".join(map(str, lines))))


def _compiled(name: str, text: bytes) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.XMLSchema(etree.fromstring(text, parser))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise SchemaUnfit(name) from error
