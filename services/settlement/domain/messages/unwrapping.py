"""The message in what a bank sent: bare, under a business application header, in an envelope.

ISO 20022 says nothing of the envelope; banks and their networks have one each (``Envelope``,
``BizMsgEnvlp``, ``DataPDU``, SOAP). So a message is known by its own namespace, wherever in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from services.kernel import canonical
from services.kernel.refusal import Refused
from services.settlement.domain.messages.reading import Element, invalid

_ISO: Final = "urn:iso:std:iso:20022:tech:xsd:"
_HEADER: Final = re.compile(rf"\{{{re.escape(_ISO)}head\.001\.001\.[0-9]{{2}}\}}AppHdr")
_DOCUMENT: Final = re.compile(rf"\{{{re.escape(_ISO)}(?P<name>[^}}]+)\}}Document")


@dataclass(frozen=True, slots=True)
class Message:
    """One message, taken out of whatever was around it."""

    document: Element
    name: str
    """Such as pacs.002.001.10."""
    from_bic: str | None
    """The sender by its header (``Fr``), as its head office; None where no BIC is written."""


def message_in(root: Element) -> Message:
    """The one message in what was sent.

    Refuses MESSAGE_INVALID when there is none or more than one, and when the header beside it is
    of another message.
    """
    documents = [e for e in root.iter(etree.Element) if _DOCUMENT.fullmatch(str(e.tag))]
    if len(documents) != 1:
        raise Refused(
            invalid(f"{len(documents)} ISO 20022 documents; one is needed, such as pacs.002.001.10")
        )
    document = documents[0]
    found = _DOCUMENT.fullmatch(str(document.tag))
    name = found["name"] if found is not None else ""
    headers = [e for e in root.iter(etree.Element) if _HEADER.fullmatch(str(e.tag))]
    if len(headers) > 1:
        raise Refused(invalid("more than one AppHdr", "/AppHdr"))
    sender = None
    if headers:
        sender = _sender(headers[0], name)
    return Message(document, name, sender)


def _sender(header: Element, name: str) -> str | None:
    space = etree.QName(header).namespace
    of = (header.findtext(f"{{{space}}}MsgDefIdr") or "").strip()
    if of != name:
        raise Refused(invalid(f"the header is of another message than {name}", "/AppHdr/MsgDefIdr"))
    path = "/".join(f"{{{space}}}{step}" for step in ("Fr", "FIId", "FinInstnId", "BICFI"))
    written = (header.findtext(path) or "").strip()
    return canonical.bic(written) if written else None
