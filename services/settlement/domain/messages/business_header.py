"""head.001.001.02: the business application header that goes before a message to a bank.

ISO 20022 says nothing of what is around header and message; a root of the window's own is, as
networks have one each. The header names the message as the bank knows it and repeats its time, so
that the same message has the same header whenever it is asked for.
"""

from __future__ import annotations

from typing import Final

from lxml import etree
from pyiso20022.head import head_001_001_02 as iso
from xsdata.models.datatype import XmlDateTime

from services.settlement.domain.messages.credit_transfer import NAME as PACS_008
from services.settlement.domain.messages.facets import text_of
from services.settlement.domain.messages.reading import opened

NAME: Final = "head.001.001.02"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{NAME}"
ENVELOPE: Final = "BizMsgEnvlp"
SENDER: Final = "Tradewindow"
"""The window is no bank and has no BIC: it is named as an organisation."""


def under_header(xml: bytes, bic: str) -> bytes:
    """A credit transfer to a bank under its header, both in one envelope, as XML (UTF-8)."""
    document = opened(xml)
    space = etree.QName(document).namespace
    group = document.find(f".//{{{space}}}GrpHdr")
    if group is None:
        raise ValueError("a message without a group header was written")
    header = iso.AppHdr(
        fr=iso.Party44Choice(org_id=iso.PartyIdentification135(nm=SENDER)),
        to=iso.Party44Choice(
            fiid=iso.BranchAndFinancialInstitutionIdentification6(
                fin_instn_id=iso.FinancialInstitutionIdentification18(bicfi=bic)
            )
        ),
        biz_msg_idr=str(group.findtext(f"{{{space}}}MsgId")),
        msg_def_idr=PACS_008,
        cre_dt=XmlDateTime.from_string(str(group.findtext(f"{{{space}}}CreDtTm"))),
    )
    envelope = etree.Element(ENVELOPE)
    envelope.append(opened(text_of(header, NAMESPACE)))
    envelope.append(document)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
