"""Opening a bank's XML safely: UTF-8, bounded, no document type, no entity, no network."""

from __future__ import annotations

from typing import Final

from lxml import etree

from services.kernel import at_once
from services.kernel.refusal import Refusal, Refused
from services.settlement.domain import refusals

SIZE_MAX: Final = at_once.BANK_MESSAGE
Element = etree._Element


def opened(xml: bytes, *, size_max: int = SIZE_MAX) -> Element:
    """The root element of a message.

    Refuses MESSAGE_TOO_LARGE, MESSAGE_UNSAFE (a document type or entity, another encoding than
    UTF-8) and MESSAGE_INVALID (not well-formed). Document types are looked for in the text
    before any parser sees it, so no entity is ever expanded.
    """
    if len(xml) > size_max:
        raise Refused(refusals.MESSAGE_TOO_LARGE.at(size_max=size_max))
    try:
        text = xml.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(refusals.MESSAGE_UNSAFE.at()) from None
    if "\x00" in text or "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise Refused(refusals.MESSAGE_UNSAFE.at())
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise Refused(invalid(f"line {error.lineno}: not well-formed")) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(refusals.MESSAGE_UNSAFE.at())
    return root


def invalid(reason: str, pointer: str = "") -> Refusal:
    """The refusal of a message, naming what is wrong; never echoing the value."""
    return refusals.MESSAGE_INVALID.at(pointer, reason=reason)


def namespace_of(root: Element) -> str:
    """The namespace of a message's root, '' if it has none."""
    return etree.QName(root).namespace or ""
