"""What of a report could not be read is said in the bank's own language: an admi.002 of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.messages.reading import opened
from services.settlement.domain.messages.rejection import NAME, NAMESPACE, UNREAD, rejection
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.services.settlement.reports import report, transaction
from tests.support.bench import Bench
from tests.support.beside import SCHEMAS

XML: Final = "application/xml"
# Empty where an operator has no official schemas; then the check against the classes stands alone.
OFFICIAL: Final = OfficialSchemas({f.stem: f.read_bytes() for f in SCHEMAS.glob(f"{NAME}.xsd")})


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment that waits for its bank."""
    return await one_offered(bench)


async def sent(offered: Offered, xml: bytes, accept: str) -> httpx2.Response:
    headers = {"Content-Type": XML, "Idempotency-Key": uuid4().hex, "Accept": accept}
    return await offered.client.send("POST", STATUSES, body=xml, headers=headers)


def said(xml: bytes) -> dict[str, str]:
    """What a rejection says, by the names of its elements; fit for its schema."""
    root = opened(xml)
    OFFICIAL.check(root)
    assert etree.QName(root).namespace == NAMESPACE
    return {etree.QName(e).localname: e.text or "" for e in root.iter(etree.Element) if not len(e)}


@pytest.mark.parametrize(
    ("xml", "status", "code"),
    [
        (b"not xml at all", 422, "MESSAGE_INVALID"),
        (b"<Document/>", 422, "MESSAGE_INVALID"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><Document/>', 422, "MESSAGE_UNSAFE"),
    ],
)
async def test_what_cannot_be_read_is_rejected_by_a_message_that_says_why(
    offered: Offered, xml: bytes, status: int, code: str
) -> None:
    answer = await sent(offered, xml, XML)
    assert (answer.status_code, answer.headers["content-type"]) == (status, XML)
    rejected = said(answer.content)
    assert (rejected["Ref"], rejected["RjctgPtyRsn"]) == (UNREAD, code)
    assert rejected["RsnDesc"]
    told = (await sent(offered, xml, "*/*")).json()
    assert (told["code"], told["detail"][:350]) == (code, rejected["RsnDesc"]), "the same in JSON"


SUM: Final = '<OrgnlTxRef><IntrBkSttlmAmt Ccy="{0}">{1}</IntrBkSttlmAmt></OrgnlTxRef>'
CHARGE: Final = (
    '<ChrgsInf><Amt Ccy="{0}">{1}</Amt>'
    "<Agt><FinInstnId><BICFI>BFTVVNVX</BICFI></FinInstnId></Agt></ChrgsInf>"
)


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        (SUM.format("XYZ", "7934.00"), "CURRENCY_UNKNOWN", "OrgnlTxRef/IntrBkSttlmAmt"),
        (SUM.format("CNY", "7934.001"), "AMOUNT_INVALID", "OrgnlTxRef/IntrBkSttlmAmt"),
        (SUM.format("VND", "10.5"), "AMOUNT_INVALID", "OrgnlTxRef/IntrBkSttlmAmt"),
        (CHARGE.format("CNY", "0.125"), "AMOUNT_INVALID", "ChrgsInf/0/Amt"),
    ],
)
async def test_of_a_sum_that_no_currency_has_it_is_said_where_it_stands(
    offered: Offered, more: str, code: str, place: str
) -> None:
    wrong = report(transaction(offered), transaction(offered, more=more)).encode()
    answer = await sent(offered, wrong, "*/*")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (422, code)
    assert error["pointer"] == f"/FIToFIPmtStsRpt/TxInfAndSts/1/{place}"
    assert said((await sent(offered, wrong, XML)).content)["RjctgPtyRsn"] == code


async def test_a_rejection_names_the_message_by_the_banks_own_reference(offered: Offered) -> None:
    ref = uuid4().hex
    answer = await sent(offered, offered.xml("ACSC", ref=ref, from_bic="ABOCCNBJ"), XML)
    assert answer.status_code == 422
    assert said(answer.content)["Ref"] == ref
    unknown = await sent(offered, offered.xml("ACSC", message=uuid4().hex, ref=ref), XML)
    assert said(unknown.content)["RjctgPtyRsn"] == "UNKNOWN_REFERENCE"


async def test_what_is_taken_is_answered_as_ever_and_json_to_whoever_names_it_first(
    offered: Offered,
) -> None:
    both = await sent(offered, b"not xml at all", f"application/json, {XML}")
    assert both.json()["code"] == "MESSAGE_INVALID"
    taken = await sent(offered, offered.xml("ACSC"), XML)
    assert (taken.status_code, taken.json()["statuses"][0]["disposition"]) == (202, "RECORDED")


@given(
    rejected=st.one_of(
        st.binary(max_size=50),
        st.text(max_size=60).map(
            lambda ref: f"<D><GrpHdr><MsgId>{ref}</MsgId></GrpHdr></D>".encode(
                errors="surrogatepass"
            )
        ),
    ),
    found=st.lists(
        st.tuples(
            st.text(alphabet="/abc0123", max_size=400),
            st.text(alphabet="abc 原因不明 đã <>&", min_size=1, max_size=400),
        ),
        min_size=1,
        max_size=60,
    ),
)
def test_whatever_was_sent_and_found_the_rejection_fits_its_schema(
    rejected: bytes, found: list[tuple[str, str]]
) -> None:
    xml = rejection(rejected, "MESSAGE_INVALID", found, at=datetime(2026, 11, 18, tzinfo=UTC))
    assert said(xml)["Ref"]
