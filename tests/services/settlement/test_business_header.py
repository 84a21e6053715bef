"""The business application header that goes before a message to a bank."""

from __future__ import annotations

from lxml import etree

from services.settlement.api.official import official_schemas
from services.settlement.domain.messages.unwrapping import message_in
from tests.services.settlement.payments import one_offered
from tests.support.bench import API, Bench
from tests.support.beside import SCHEMAS


async def test_a_bank_that_asks_for_it_takes_its_message_under_its_header(bench: Bench) -> None:
    """By the official schema where it is at hand; the message is the same to the letter."""
    offered = await one_offered(bench)
    path = f"{API}/bank/messages/{offered.message_id}"
    bare = etree.fromstring((await offered.client.get(path)).content)
    whole = etree.fromstring((await offered.client.get(f"{path}?header=true")).content)
    header, document = whole
    assert etree.tostring(document, method="c14n2") == etree.tostring(bare, method="c14n2")
    official_schemas(SCHEMAS if SCHEMAS.is_dir() else None).check(header)
    said = {etree.QName(e).localname: e.text for e in header.iter() if e.text and e.text.strip()}
    assert (said["BICFI"], said["BizMsgIdr"]) == (offered.bic, offered.message_id[4:])
    assert said["MsgDefIdr"] == "pacs.008.001.08"
    assert message_in(whole).name == "pacs.008.001.08", "as banks' own headers are read"
