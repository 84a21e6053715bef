"""A pacs.002 as banks write it, part by part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import httpx2

from services.settlement.domain.messages.credit_transfer import uetr_of
from tests.services.settlement.payments import STATUSES, Offered

ISO: Final = "urn:iso:std:iso:20022:tech:xsd:"


def number(offered: Offered) -> UUID:
    return UUID(hex=offered.instruction_id[4:])


def transaction(offered: Offered, code: str = "ACSC", **changes: str) -> str:
    """A transaction's status as correspondent banks write it: by its UETR, without a sum."""
    says = {
        "group": "",
        "references": f"<OrgnlUETR>{uetr_of(number(offered))}</OrgnlUETR>",
        "status": f"<TxSts>{code}</TxSts>",
        "more": "",
        **changes,
    }
    return "<TxInfAndSts>" + "".join(says.values()) + "</TxInfAndSts>"


def report(*parts: str, version: str = "10", at: str = "", sender: str = "") -> str:
    created = at or datetime.now(UTC).replace(microsecond=0).isoformat()
    agent = f"<InstgAgt><FinInstnId><BICFI>{sender}</BICFI></FinInstnId></InstgAgt>"
    return (
        f'<Document xmlns="{ISO}pacs.002.001.{version}"><FIToFIPmtStsRpt><GrpHdr>'
        f"<MsgId>{uuid4().hex}</MsgId><CreDtTm>{created}</CreDtTm>"
        f"{agent if sender else ''}</GrpHdr>"
        f"{''.join(parts)}</FIToFIPmtStsRpt></Document>"
    )


def group(offered: Offered, code: str | None, message: str | None = None) -> str:
    named = message or offered.message_id.removeprefix("msg_")
    said = "" if code is None else f"<GrpSts>{code}</GrpSts>"
    return (
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{named}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>{said}</OrgnlGrpInfAndSts>"
    )


def header(bic: str, of: str = "pacs.002.001.10") -> str:
    agent = "<FIId><FinInstnId><BICFI>{}</BICFI></FinInstnId></FIId>"
    return (
        f'<AppHdr xmlns="{ISO}head.001.001.02"><Fr>{agent.format(bic)}</Fr>'
        f"<To>{agent.format('TRDWCNBJ')}</To><BizMsgIdr>B1</BizMsgIdr><MsgDefIdr>{of}</MsgDefIdr>"
        "<CreDt>2026-11-18T09:02:03+08:00</CreDt></AppHdr>"
    )


async def send(offered: Offered, xml: str, kind: str = "application/xml") -> httpx2.Response:
    return await offered.client.post(STATUSES, xml.encode(), kind)
