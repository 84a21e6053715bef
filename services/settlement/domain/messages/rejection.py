"""admi.002.001.01: the window's word that a bank's message could not be taken, and what is wrong.

For a bank whose system reads messages and no JSON: it says the same as the answer in JSON, by the
same code, of the message that the bank knows by its own reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from lxml import etree
from pyiso20022.admi.admi_002_001_01 import admi_002_001_01 as iso
from xsdata.models.datatype import XmlDateTime

from services.kernel.refusal import Refused
from services.settlement.domain.messages.facets import text_of
from services.settlement.domain.messages.reading import opened

NAME: Final = "admi.002.001.01"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{NAME}"
UNREAD: Final = "NOTPROVIDED"
"""The reference of a message in which none could be read."""
_REFERENCE_MAX: Final = 35
_TEXT_MAX: Final = 350
_ALL_MAX: Final = 20_000
_REFERENCES: Final = ("GrpHdr", "MsgId"), ("AppHdr", "BizMsgIdr")


def rejection(
    rejected: bytes, code: str, found: Sequence[tuple[str, str]], *, at: datetime
) -> bytes:
    """The rejection of a message as XML (UTF-8): by which code, what was found where, first first.

    ``found``: where in the message, and what is wrong there. Times are UTC.
    """
    where, what = found[0]
    every = "\n".join(f"{at_} {said}".strip() for at_, said in found)
    message = iso.Document(
        admi_002_001_01=iso.Admi00200101(
            rltd_ref=iso.MessageReference(ref=_reference(rejected)),
            rsn=iso.RejectionReason2(
                rjctg_pty_rsn=code[:_REFERENCE_MAX],
                rjctn_dt_tm=XmlDateTime.from_datetime(at.astimezone(UTC)),
                err_lctn=where[:_TEXT_MAX] or None,
                rsn_desc=what[:_TEXT_MAX] or None,
                addtl_data=every[:_ALL_MAX] if len(found) > 1 else None,
            ),
        )
    )
    return text_of(message, NAMESPACE)


def _reference(xml: bytes) -> str:
    """The message's own reference, of its group header or else of its business header."""
    try:
        root = opened(xml)
    except Refused:
        return UNREAD
    for parent, name in _REFERENCES:
        path = f".//*[local-name() = '{parent}']/*[local-name() = '{name}']"
        for element in etree.XPath(path)(root):
            ref = (element.text or "").strip()
            if 0 < len(ref) <= _REFERENCE_MAX:
                return ref
    return UNREAD
